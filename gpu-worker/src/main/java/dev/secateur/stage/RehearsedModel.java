package dev.secateur.stage;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.TextModel;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Pruning;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A base model, as far as it is known from its folder without its weights.
 *
 * @param types of its weights, or assumed where it has none
 */
record RehearsedModel(
    Path folder,
    Decoder decoder,
    List<CoupledStructure> structures,
    Optional<TextModel> textModel,
    WrittenTypes types) {
  /** Of a checkpoint, which may lack its weights. */
  static RehearsedModel open(Path folder) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    return new RehearsedModel(
        folder,
        checkpoint.decoder(),
        Discovery.of(checkpoint.decoder()),
        checkpoint.textModel(),
        checkpoint.hasWeights() ? WrittenTypes.as(checkpoint) : WrittenTypes.ASSUMED);
  }

  /** Of shapes alone. */
  static RehearsedModel ofShapes(Decoder decoder) {
    return new RehearsedModel(
        Path.of(""), decoder, Discovery.of(decoder), Optional.empty(), WrittenTypes.ASSUMED);
  }

  /**
   * What is left of the model after a point's pruning.
   *
   * @param name that people know it by
   * @param trials of the point
   * @throws InputException when the point takes more than there is
   */
  PredictedSize predicted(String name, Point point, int trials) {
    Decoder pruned = decoder;
    PointPruning pruning = new PointPruning(decoder, structures, point, types);
    long parameters;
    try {
      parameters = pruning.parameters(pruning.counted());
      if (point.strategy() != Strategy.IGNORE_DEPENDENCIES) { // which masks, and saves nothing
        pruned = Pruning.prune(decoder, pruning.counted());
      }
    } catch (InputException e) {
      throw new InputException(
          String.format(
              "%d trials of strategy %s, target %s: %s",
              trials, point.strategy().label(), point.target().label(), e.getMessage()),
          e);
    }
    return new PredictedSize(
        name,
        point.strategy(),
        point.attention(),
        point.mlp(),
        point.ratio(),
        point.scope(),
        point.target(),
        point.uniform(),
        trials,
        parameters,
        Pruning.elements(decoder),
        Costs.of(pruned, Costs.TOKENS).macs());
  }
}
