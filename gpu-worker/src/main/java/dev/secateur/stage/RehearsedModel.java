package dev.secateur.stage;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Pruning;
import java.nio.file.Path;
import java.util.List;

/** A base model, as far as it is known without its weights. */
sealed interface RehearsedModel {
  Decoder decoder();

  List<CoupledStructure> structures();

  /** The types of its weights, or assumed ones where it has none. */
  WrittenTypes types();

  /** A checkpoint, which may lack its weights. */
  record Stored(Checkpoint checkpoint, List<CoupledStructure> structures, WrittenTypes types)
      implements RehearsedModel {
    @Override
    public Decoder decoder() {
      return checkpoint.decoder();
    }
  }

  /** The shapes of a model alone. */
  record Shapes(Decoder decoder, List<CoupledStructure> structures) implements RehearsedModel {
    @Override
    public WrittenTypes types() {
      return WrittenTypes.ASSUMED;
    }
  }

  static RehearsedModel open(Path folder) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    return new Stored(
        checkpoint,
        Discovery.of(checkpoint.decoder()),
        checkpoint.hasWeights() ? WrittenTypes.as(checkpoint) : WrittenTypes.ASSUMED);
  }

  static RehearsedModel ofShapes(Decoder decoder) {
    return new Shapes(decoder, Discovery.of(decoder));
  }

  /**
   * What is left of the model after a point's pruning.
   *
   * @param name that people know it by
   * @param trials of the point
   * @throws InputException when the point takes more than there is
   */
  default PredictedSize predicted(String name, Point point, int trials) {
    Decoder pruned = decoder();
    PointPruning pruning = new PointPruning(decoder(), structures(), point, types());
    long parameters;
    try {
      parameters = pruning.parameters(pruning.counted());
      if (point.strategy() != Strategy.IGNORE_DEPENDENCIES) { // which masks, and saves nothing
        pruned = Pruning.prune(decoder(), pruning.counted());
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
        Pruning.elements(decoder()),
        Costs.of(pruned, Costs.TOKENS).macs());
  }
}
