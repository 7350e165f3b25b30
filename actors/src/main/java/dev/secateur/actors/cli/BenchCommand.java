package dev.secateur.actors.cli;

import dev.secateur.protocol.InputException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code secateur bench}: how fast this machine is. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures how fast this machine is.",
    subcommands = {
      BenchEstimateCommand.class,
      BenchRecoverCommand.class,
      BenchLatencyCommand.class,
      BenchClusterCommand.class,
      BenchCheckpointCommand.class,
      BenchStreamCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Main.USAGE;
  }

  /** Checks sizes that measurements have in common. */
  static void check(String option, int rows, int length, int repetitions) {
    if (rows < 1 || repetitions < 1 || length < 2) {
      throw new InputException(
          option + " and --repetitions must be at least 1, --length at" + " least 2");
    }
  }
}
