package dev.secateur.actors.cli;

import ai.djl.engine.EngineException;
import dev.secateur.protocol.FailureReason;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.tensor.KernelException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
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
      return "Java is out of memory ("
          + FailureReason.message(error)
          + "); give it more: SECATEUR_JAVA_OPTIONS=-Xmx4g";
    } else if (error instanceof StackOverflowError) {
      return "the input is nested too deeply to be read";
    } else if (error instanceof NoClassDefFoundError missing && missing.getCause() == null) {
      return "Java can't find " + missingClass(error);
    } else if (error instanceof NoClassDefFoundError
        && error.getCause() instanceof ClassNotFoundException) {
      return "Java can't find " + missingClass(error);
    } else if (error instanceof LinkageError) {
      return "Java can't load what it needs: " + FailureReason.message(error);
    }
    return unexpected(error);
  }

  private static String missingClass(Error error) {
    return FailureReason.message(error).replace('/', '.')
        + "; this Java lacks a module, or this installation a file of its folder 'lib'";
  }

  private static String ofException(Throwable failure) {
    if (failure instanceof InvalidPathException path) {
      return path.getInput()
          + ": not a name that the locale's encoding ("
          + System.getProperty("sun.jnu.encoding")
          + ") can write; set LC_ALL=C.UTF-8";
    } else if (failure instanceof KernelException || failure instanceof EngineException) {
      return KernelException.reason((RuntimeException) failure);
    }
    boolean told =
        failure instanceof ArithmeticException // a number that is not finite
            || failure instanceof DeviceMemoryException
            || failure instanceof FileSystemException
            || failure instanceof UnknownHostException
            || failure instanceof FileNotFoundException
            || failure instanceof IOException && failure.getMessage() != null
            || failure instanceof UncheckedIOException;
    return told ? FailureReason.of(failure) : unexpected(failure);
  }

  private static String unexpected(Throwable failure) {
    return FailureReason.message(failure) + " (--debug shows where)";
  }
}
