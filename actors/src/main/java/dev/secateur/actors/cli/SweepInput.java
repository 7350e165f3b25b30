package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.util.List;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The sweep given to a command, and the overrides of its keys. */
final class SweepInput {
  @Parameters(paramLabel = "SWEEP", description = "A sweep configuration, 'quickstart' or 'best'.")
  private String sweep;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Override a key of the sweep, as a line at the end of its file would: --set"
              + " recovery.steps=100. Can be repeated.")
  private List<String> changes = List.of();

  /**
   * The configuration, validated.
   *
   * @throws InputException when there is no such sweep, or anything in it is wrong
   */
  SweepConfig read(Sources sources) {
    return read(sources, text -> text);
  }

  /**
   * The configuration, validated.
   *
   * @param more what else is changed of its text
   * @throws InputException when there is no such sweep, or anything in it is wrong
   */
  SweepConfig read(Sources sources, UnaryOperator<String> more) {
    return SweepFile.read(sweep, text -> more.apply(changed(text)), sources);
  }

  /** The name used in error messages: its file, or where it comes from. */
  String name() {
    return SweepFile.name(sweep);
  }

  /** The configuration as text, for a coordinator to validate. */
  String text() {
    return changed(SweepFile.text(sweep));
  }

  private String changed(String text) {
    for (String change : changes) {
      if (!change.matches("[\\w.-]+=.*")) {
        throw new InputException(
            "--set is '" + change + "'; it must be KEY=VALUE, such as recovery.steps=100");
      }
    }
    return changes.isEmpty() ? text : text + "\n" + String.join("\n", changes) + "\n";
  }
}
