package dev.secateur.actors.cli;

import dev.secateur.actors.node.NodeSettings;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.protocol.WeightPlacement;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/**
 * The option for where weights are kept, of every command that loads models; by default the
 * workers' setting applies.
 */
final class WeightOptions {
  @Option(
      names = "--weights",
      paramLabel = "PLACE",
      description =
          "Where a model's weights are kept; no result depends on it: resident (on the"
              + " device), streamed (read from the checkpoint's files block by block), or auto,"
              + " which streams models larger than half of the device's memory (default: auto).")
  private WeightPlacement weights;

  /** What a command may use, with the option in place of the setting. */
  Allowance allowance(NodeSettings settings) {
    return over(settings).allowance(1);
  }

  /** The settings with the option in place of theirs. */
  NodeSettings over(NodeSettings settings) {
    return weights == null
        ? settings
        : settings.with(Map.of(NodeSettings.WEIGHTS, weights.label()));
  }

  /** The same option for another process. */
  List<String> arguments() {
    return weights == null ? List.of() : List.of("--weights", weights.label());
  }
}
