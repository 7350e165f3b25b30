package dev.secateur.actors.cli;

import dev.secateur.protocol.InputException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code secateur} command. */
@Command(
    name = "secateur",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Structural pruning experiments on large language models.",
    subcommands = {
      RunCommand.class,
      PlanCommand.class,
      TrainCommand.class,
      InspectCommand.class,
      PruneCommand.class,
      RecoverCommand.class,
      EvaluateCommand.class,
      GenerateCommand.class,
      ExportCommand.class,
      CompareCommand.class,
      VerifyCommand.class,
      BenchCommand.class,
      NodeCommand.class,
      SubmitCommand.class,
      ListCommand.class,
      StatusCommand.class,
      WatchCommand.class,
      DescribeCommand.class,
      ResultsCommand.class,
      ReportCommand.class,
      PlotCommand.class,
      FetchCommand.class,
      ScoresCommand.class,
      DirectCommand.Pause.class,
      DirectCommand.Resume.class,
      DirectCommand.Stop.class,
      DirectCommand.Cancel.class,
      DirectCommand.Retry.class,
      WorkersCommand.class,
      DrainCommand.class,
      UndrainCommand.class,
      PriorityCommand.class,
      EventsCommand.class,
      DeleteCommand.class,
      GcCommand.class,
      LogsCommand.class,
      TokenCommand.class,
      CertsCommand.class,
      DoctorCommand.class,
      NativesCommand.class,
      CompletionCommand.class,
      CommandLine.HelpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:success",
      "1:failure",
      "2:usage or configuration is wrong",
      "3:the sweep is complete, but some of its trials failed",
      "130:interrupted"
    })
public final class Main {
  static final int FAILURE = 1;
  static final int USAGE = 2;
  static final int SOME_TRIALS_FAILED = 3;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print stack traces and the internal log on stderr.")
  private boolean debug;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    boolean debug = List.of(arguments).contains("--debug");
    if (!debug) {
      Thread.setDefaultUncaughtExceptionHandler(
          (thread, failure) -> System.err.println("secateur: " + FailureText.of(failure)));
    }
    int code;
    try {
      Optional<String> problem = ArgumentEncoding.problem();
      problem.ifPresent(text -> System.err.println("secateur: " + text));
      code =
          problem.isPresent()
              ? USAGE
              : run(
                  new FileOutputStream(FileDescriptor.out),
                  new FileOutputStream(FileDescriptor.err),
                  arguments);
    } catch (Throwable failure) { // even the command line's library may be missing
      System.err.println("secateur: " + FailureText.of(failure));
      code = FAILURE;
    }
    if (code == FAILURE && !debug) {
      // What fails while a half-started node is taken down follows from what was told.
      Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {});
    }
    System.exit(code);
  }

  /**
   * Runs a command and returns its exit code.
   *
   * @param stdout where data goes, as UTF-8; where it can't be written to, the command has failed
   * @param stderr where talk goes, as UTF-8
   */
  static int run(OutputStream stdout, OutputStream stderr, String... arguments) {
    Main main = new Main();
    // The log is configured when the first logger is made, so this must be known before.
    System.setProperty(
        "secateur.log.level", List.of(arguments).contains("--debug") ? "INFO" : "OFF");
    CheckedStream data = new CheckedStream(stdout);
    CommandLine line = commandLine(main);
    line.setOut(new PrintWriter(data, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(stderr, true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler(
        (error, given) -> {
          CommandLine at = error.getCommandLine();
          at.getErr().println("secateur: " + error.getMessage() + Mistyped.suggestion(error, at));
          at.getErr()
              .println(
                  "secateur: "
                      + at.getCommandSpec().qualifiedName()
                      + " --help describes its arguments");
          return USAGE;
        });
    line.setExecutionExceptionHandler((error, at, parsed) -> main.tell(error, line));
    return written(line, data, main.execute(line, arguments));
  }

  /** All commands, as the command line has them. */
  static CommandLine commandLine() {
    return commandLine(new Main());
  }

  private static CommandLine commandLine(Main main) {
    CommandLine line = new CommandLine(main);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    Labels.register(line);
    line.setExecutionStrategy(new NativesStart());
    return line;
  }

  /** Reports errors in one line too, such as a class that this Java lacks. */
  private int execute(CommandLine line, String... arguments) {
    try {
      return line.execute(arguments);
    } catch (Error error) {
      return tell(error, line);
    }
  }

  /** A command whose data could not be written has failed, whatever it did. */
  private static int written(CommandLine line, CheckedStream data, int code) {
    line.getOut().flush();
    if (data.problem().isEmpty()) {
      return code;
    }
    line.getErr().println("secateur: can't write to stdout: " + data.problem().get());
    return code == 0 ? FAILURE : code;
  }

  /** Whether a command was given --debug. */
  static boolean isDebug(CommandLine.Model.CommandSpec spec) {
    return ((Main) spec.root().userObject()).debug;
  }

  private int tell(Throwable failure, CommandLine line) {
    if (debug) {
      failure.printStackTrace(line.getErr());
    }
    Throwable cause = FailureText.cause(failure);
    if (cause instanceof InputException) {
      cause.getMessage().lines().forEach(problem -> line.getErr().println("secateur: " + problem));
      return USAGE;
    }
    line.getErr().println("secateur: " + FailureText.of(cause));
    return FAILURE;
  }

  /** Tells the version of the build. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"secateur " + dev.secateur.tensor.Versions.secateur()};
    }
  }
}
