package dev.secateur.actors.cli;

import ai.djl.engine.EngineException;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.tensor.KernelException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** A failure in one line for users: what happened to what, without names of classes. */
final class FailureText {
  private FailureText() {}

  /** What went wrong, below whatever only carries it from one thread or layer to the next. */
  static Throwable cause(Throwable failure) {
    boolean carrier =
        failure instanceof CompletionException
            || failure instanceof ExecutionException
            || failure instanceof InvocationTargetException
            || failure instanceof ExceptionInInitializerError
            || failure instanceof UncheckedIOException && saysNothingOfItsOwn(failure);
    return carrier && failure.getCause() != null ? cause(failure.getCause()) : failure;
  }

  private static boolean saysNothingOfItsOwn(Throwable failure) {
    return String.valueOf(failure.getCause()).equals(failure.getMessage());
  }

  /** One line. */
  static String of(Throwable failure) {
    Throwable cause = cause(failure);
    return cause instanceof Error error ? ofError(error) : ofException(cause);
  }

  private static String ofError(Error error) {
    if (error instanceof OutOfMemoryError) {
      return "Java's memory is used up ("
          + message(error)
          + "); give it more: SECATEUR_JAVA_OPTIONS=-Xmx4g";
    } else if (error instanceof StackOverflowError) {
      return "the input is nested too deeply to be read";
    } else if (error instanceof NoClassDefFoundError missing && missing.getCause() == null) {
      return "Java can't find " + missingClass(error);
    } else if (error instanceof NoClassDefFoundError
        && error.getCause() instanceof ClassNotFoundException) {
      return "Java can't find " + missingClass(error);
    } else if (error instanceof LinkageError) {
      return "Java can't load what it needs: " + message(error);
    }
    return unexpected(error);
  }

  private static String missingClass(Error error) {
    return message(error).replace('/', '.')
        + "; this Java lacks a module, or this installation a file of its folder 'lib'";
  }

  private static String ofException(Throwable failure) {
    if (failure instanceof FileSystemException file && file.getFile() != null) {
      return file.getFile() + ": " + reason(file);
    } else if (failure instanceof InvalidPathException path) {
      return path.getInput()
          + ": not a name that the locale's encoding ("
          + System.getProperty("sun.jnu.encoding")
          + ") can write; set LC_ALL=C.UTF-8";
    } else if (failure instanceof KernelException || failure instanceof EngineException) {
      return KernelException.reason((RuntimeException) failure);
    } else if (failure instanceof ArithmeticException // a number that is not finite
        || failure instanceof DeviceMemoryException) {
      return message(failure);
    } else if (failure instanceof UnknownHostException) {
      return "no such host: " + message(failure);
    } else if (failure instanceof FileNotFoundException
        || failure instanceof IOException && failure.getMessage() != null
        || failure instanceof UncheckedIOException) {
      return message(failure);
    }
    return unexpected(failure);
  }

  private static String reason(FileSystemException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such file or folder";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    } else if (failure instanceof FileAlreadyExistsException) {
      return "is there already";
    } else if (failure instanceof DirectoryNotEmptyException) {
      return "the folder is not empty";
    } else if (failure instanceof NotDirectoryException) {
      return "is no folder";
    }
    return Optional.ofNullable(failure.getReason()).orElse("can't be used");
  }

  private static String unexpected(Throwable failure) {
    return message(failure) + " (--debug shows where)";
  }

  /** The first line of its message, without names of classes that others put into it. */
  private static String message(Throwable failure) {
    return Optional.ofNullable(failure.getMessage())
        .flatMap(text -> text.lines().findFirst())
        .map(line -> line.replaceAll("\\b(?:[a-z][\\w]*\\.)+[A-Z][\\w$]*: ", ""))
        .filter(line -> !line.isBlank())
        .orElse("an unexpected failure");
  }
}
