package dev.secateur.stage;

import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.gguf.GgufExport;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Pruning;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Checks whether llama.cpp can compute the pruned model, as far as that is known before scores. */
record GgufRehearsal(RehearsedModel base) {
  private static final String WITHOUT = "; 'export = true' writes checkpoints alone";

  /**
   * @throws InputException when it does not, with the reason and what to do
   */
  void check(Point point) {
    try {
      GgufExport.check(base.decoder());
      if (base instanceof RehearsedModel.Stored stored) { // with a tokenizer
        GgufExport.check(base.decoder(), stored.checkpoint().folder());
      }
    } catch (InputException e) {
      throw new InputException(e.getMessage() + WITHOUT, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (isSizeKnown(point)) {
      checkPruned(point);
    }
  }

  private void checkPruned(Point point) {
    Decoder pruned;
    try {
      pruned =
          Pruning.prune(
              base.decoder(), new PointPruning(base.decoder(), base.structures(), point).counted());
    } catch (InputException e) {
      return; // told where sizes are predicted
    }
    try {
      GgufExport.check(pruned);
    } catch (InputException e) {
      boolean uneven =
          !BlockSizes.of(pruned).isUniform() && BlockSizes.of(base.decoder()).isUniform();
      throw new InputException(
          "strategy %s, ratio %s: %s%s%s"
              .formatted(
                  point.strategy().label(),
                  point.ratio().toPlainString(),
                  e.getMessage(),
                  uneven ? "; 'uniform = true' keeps blocks alike" : "",
                  WITHOUT),
          e);
    }
  }

  /** Which blocks go, and how much each loses of what competes, is known with the scores. */
  private static boolean isSizeKnown(Point point) {
    boolean counted =
        switch (point.strategy()) {
          case BLOCK, BLOCK_SHARED, CHANNEL, EXPERT -> point.scope() == Scope.LOCAL;
          case LAYER, IGNORE_DEPENDENCIES -> false;
        };
    return counted && !point.removesNothing() && !point.criterion().isRecipe();
  }
}
