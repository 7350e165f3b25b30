package dev.secateur.actors.cli;

import ai.djl.engine.EngineException;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import dev.secateur.tensor.KernelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
      CompareCommand.class,
      VerifyCommand.class,
      BenchCommand.class,
      NodeCommand.class,
      SubmitCommand.class,
      ListCommand.class,
      StatusCommand.class,
      ResultsCommand.class,
      DirectCommand.Pause.class,
      DirectCommand.Resume.class,
      DirectCommand.Stop.class,
      DirectCommand.Cancel.class,
      DirectCommand.Retry.class,
      WorkersCommand.class,
      DrainCommand.class,
      EventsCommand.class,
      TokenCommand.class,
      CertsCommand.class,
      DoctorCommand.class,
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
      description = "Show stack traces and the system's own log on stderr.")
  private boolean debug;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs a command and returns its exit code. */
  static int run(String... arguments) {
    return run(line -> {}, arguments);
  }

  /**
   * As above.
   *
   * @param setUp what to change of the command line before it runs, such as where it prints
   */
  static int run(Consumer<CommandLine> setUp, String... arguments) {
    Main main = new Main();
    // The log is configured when the first logger is made, so this must be known before.
    System.setProperty(
        "secateur.log.level",
        java.util.Arrays.asList(arguments).contains("--debug") ? "INFO" : "OFF");
    CommandLine line = new CommandLine(main);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    Labels.register(line);
    line.setParameterExceptionHandler(
        (error, given) -> {
          CommandLine at = error.getCommandLine();
          at.getErr().println("secateur: " + error.getMessage() + suggestion(error, at));
          at.getErr()
              .println("secateur: " + at.getCommandSpec().qualifiedName() + " --help says more");
          return USAGE;
        });
    line.setExecutionExceptionHandler(
        (error, at, parsed) -> {
          if (main.debug) {
            error.printStackTrace(at.getErr());
          }
          return tell(error, at);
        });
    setUp.accept(line);
    try {
      return line.execute(arguments);
    } catch (OutOfMemoryError e) {
      line.getErr()
          .println(
              "secateur: the memory that Java may use is full ("
                  + (Runtime.getRuntime().maxMemory() >> 20)
                  + " MiB); give it more with SECATEUR_JAVA_OPTIONS=-Xmx4g");
      return FAILURE;
    }
  }

  /** The option or command that was meant, if one is spelt alike. */
  private static String suggestion(ParameterException error, CommandLine at) {
    if (!(error instanceof CommandLine.UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return "";
    }
    List<String> known = new ArrayList<>(at.getSubcommands().keySet());
    at.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
    return Suggestion.of(unmatched.getUnmatched().get(0), known);
  }

  private static int tell(Exception error, CommandLine at) throws Exception {
    if (error instanceof InputException) {
      error.getMessage().lines().forEach(problem -> at.getErr().println("secateur: " + problem));
      return USAGE;
    } else if (error instanceof ParameterException) {
      throw error;
    }
    if (error instanceof KernelException || error instanceof EngineException) {
      at.getErr().println("secateur: " + KernelException.reason((RuntimeException) error));
      return FAILURE;
    }
    String message = String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    boolean named = error instanceof ArithmeticException; // a number that is not finite
    at.getErr()
        .println("secateur: " + (named ? "" : error.getClass().getSimpleName() + ": ") + message);
    return FAILURE;
  }

  /** Tells the version of the build. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"secateur " + dev.secateur.worker.Versions.secateur()};
    }
  }
}
