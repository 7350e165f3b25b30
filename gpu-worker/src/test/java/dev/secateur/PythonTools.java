package dev.secateur;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Python interpreter whose tools tests compare with. The environment variable {@code
 * SECATEUR_PYTHON} names it; a test skips, and says what is missing, where there is none or it
 * lacks a module. Scripts lie in the test resources' folder {@code python}.
 */
public final class PythonTools {
  /** The environment variable that names the interpreter. */
  public static final String VARIABLE = "SECATEUR_PYTHON";

  private static final String MISSING =
      """
      import importlib.util, sys

      def there(name):
          try:
              return importlib.util.find_spec(name) is not None
          except ModuleNotFoundError:
              return False

      print(" ".join(name for name in sys.argv[1:] if not there(name)), end="")
      """;

  private static final int SECONDS = 600;

  private final String interpreter;

  private PythonTools(String interpreter) {
    this.interpreter = interpreter;
  }

  /** The interpreter, if it has all of these modules; else the calling test skips. */
  public static PythonTools with(String... modules) {
    return in(System.getenv(VARIABLE), modules);
  }

  /** As {@link #with}, for a named interpreter; none where it is null or empty. */
  static PythonTools in(String interpreter, String... modules) {
    String wanted = String.join(", ", modules);
    if (interpreter == null || interpreter.isBlank()) {
      return abort(VARIABLE + " names no Python interpreter with " + wanted + ": skipped");
    }
    PythonTools python = new PythonTools(interpreter);
    List<String> command = new ArrayList<>(List.of("-c", MISSING));
    command.addAll(List.of(modules));
    String missing;
    try {
      missing = python.output(command);
    } catch (IOException e) {
      return abort(VARIABLE + "=" + interpreter + " can't be started: skipped");
    }
    return missing.isEmpty()
        ? python
        : abort(VARIABLE + "=" + interpreter + " has no module " + missing + ": skipped");
  }

  /**
   * Runs a script of the test resources' folder {@code python}.
   *
   * @return what it wrote to its standard output
   * @throws AssertionError when it fails, with what it wrote to its standard error
   */
  public String run(String script, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Fixtures.resource("python/" + script).toString());
    List.of(arguments).forEach(argument -> command.add(argument.toString()));
    try {
      return output(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String output(List<String> arguments) throws IOException {
    Path out = Files.createTempFile("python", ".out");
    Path err = Files.createTempFile("python", ".err");
    List<String> command = new ArrayList<>(List.of(interpreter));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("HF_HUB_OFFLINE", "1");
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    try {
      int code = exitCode(builder.start());
      if (code != 0) {
        String name = arguments.get(0);
        throw new AssertionError(name + " ended with " + code + ": " + Files.readString(err));
      }
      return Files.readString(out);
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private static int exitCode(Process process) {
    try {
      if (process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      throw new AssertionError("Python did not end within " + SECONDS + " seconds");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
