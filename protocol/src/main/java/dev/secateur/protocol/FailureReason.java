package dev.secateur.protocol;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;

/** The reason of a failure in one readable line: what happened to what, without class names. */
public final class FailureReason {
  private static final String CLASS_NAME = "\\b(?:[a-z][\\w]*\\.)+[A-Z][\\w$]*: ";

  private FailureReason() {}

  /** One line. */
  public static String of(Throwable failure) {
    boolean carrier =
        failure instanceof UncheckedIOException
            && String.valueOf(failure.getCause()).equals(failure.getMessage());
    if (carrier) {
      return of(failure.getCause());
    } else if (failure instanceof FileSystemException file && file.getFile() != null) {
      return file.getFile() + ": " + reason(file);
    } else if (failure instanceof UnknownHostException) {
      return "no such host: " + message(failure);
    } else if (failure instanceof ConnectException && failure.getMessage() == null) {
      return "the connection is refused";
    }
    return message(failure);
  }

  /** What is the matter with a file, without its name. */
  public static String reason(FileSystemException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such file or folder";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    } else if (failure instanceof FileAlreadyExistsException) {
      return "already exists";
    } else if (failure instanceof DirectoryNotEmptyException) {
      return "the folder is not empty";
    } else if (failure instanceof NotDirectoryException) {
      return "is not a folder";
    }
    return Optional.ofNullable(failure.getReason()).orElse("can't be used");
  }

  /** The first line of a failure's message, without names of classes that others put into it. */
  public static String message(Throwable failure) {
    return Optional.ofNullable(failure.getMessage())
        .flatMap(text -> text.lines().findFirst())
        .map(line -> line.replaceAll(CLASS_NAME, ""))
        .filter(line -> !line.isBlank())
        .orElse("an unexpected failure");
  }
}
