package dev.secateur.actors.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The command, in this process or, as users have it, in one of its own. */
public final class Cli {
  /** Commands that speak to a coordinator. */
  private static final Set<String> CLIENTS =
      Set.of(
          "submit",
          "list",
          "status",
          "results",
          "pause",
          "resume",
          "stop",
          "cancel",
          "retry",
          "workers",
          "drain",
          "undrain",
          "priority",
          "events",
          "delete",
          "gc",
          "logs",
          "watch",
          "describe",
          "scores");

  /** Enough also where many processes share two processors. */
  private static final int MOST_MINUTES = 10;

  private final Path folder;
  private final Map<String, String> environment;
  private final List<String> clientOptions;
  private final List<String> javaOptions;

  /** Processes start again and again, and libtorch does what takes time; children get these too. */
  private static final List<String> QUICK_START =
      List.of("-XX:CompilationMode=quick-only", "-XX:+UseSerialGC");

  /** What a finished process left. */
  public record Result(int code, String out, String err) {}

  /** A process that runs. */
  public record Running(Process process, Path out, Path err) {
    public Result await() throws IOException, InterruptedException {
      if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            "still running after " + MOST_MINUTES + " minutes: " + Files.readString(err));
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    public void signal(String name) throws IOException, InterruptedException {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }
  }

  /**
   * @param folder where processes' output is kept
   */
  public Cli(Path folder) {
    this(folder, Map.of());
  }

  /**
   * @param environment variables of the processes beside those of this one
   */
  public Cli(Path folder, Map<String, String> environment) {
    this(folder, environment, List.of(), List.of());
  }

  private Cli(
      Path folder,
      Map<String, String> environment,
      List<String> clientOptions,
      List<String> javaOptions) {
    this.folder = folder;
    this.environment = environment;
    this.clientOptions = clientOptions;
    this.javaOptions = javaOptions;
  }

  /** Runs a command within this process. */
  public static Result here(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(out, err, arguments);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The same, whose {@link #run} gives these options to commands that speak to a coordinator. */
  Cli clientsWith(String... options) {
    return new Cli(folder, environment, List.of(options), javaOptions);
  }

  /** The same, whose processes have these options of Java too. */
  public Cli javaWith(String... options) {
    return new Cli(folder, environment, clientOptions, List.of(options));
  }

  /**
   * Runs a command: in this process, or in one of its own where it needs the variables of the
   * environment, which can't be set here.
   */
  Result run(String... arguments) throws IOException, InterruptedException {
    boolean client = CLIENTS.contains(arguments[0]) && !clientOptions.isEmpty();
    if (!environment.isEmpty() && !client) {
      return start(arguments).await();
    }
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(client ? clientOptions : List.of());
    return here(all.toArray(String[]::new));
  }

  /** Java with the options of all these processes. */
  static List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-Djava.awt.headless=true",
            "-Dai.djl.offline=true",
            "-DOPT_OUT_TRACKING=true"));
    command.addAll(QUICK_START);
    return command;
  }

  /** Starts a command in a process of its own. */
  public Running start(String... arguments) throws IOException {
    List<String> command = java();
    command.addAll(SharedClasses.options());
    command.addAll(javaOptions);
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    return new Running(builder.start(), out, err);
  }
}
