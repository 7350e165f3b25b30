package dev.secateur.stage;

import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.gguf.GgufExport;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Pruning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Checks whether llama.cpp can compute the pruned model, as far as that is known before scores.
 *
 * @param structures all of the base's
 * @param folder of the base, whose tokenizer is looked at; absent where shapes alone are
 */
record GgufRehearsal(Decoder base, List<CoupledStructure> structures, Optional<Path> folder) {
  private static final String WITHOUT = "; 'export = true' writes checkpoints alone";

  /**
   * @throws InputException when it does not, with the reason and what to do
   */
  void check(Point point) {
    try {
      GgufExport.check(base);
      if (folder.isPresent()) {
        GgufExport.check(base, folder.get());
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
      pruned = Pruning.prune(base, new PointPruning(base, structures, point).counted());
    } catch (InputException e) {
      return; // told where sizes are predicted
    }
    try {
      GgufExport.check(pruned);
    } catch (InputException e) {
      boolean uneven = !BlockSizes.of(pruned).isUniform() && BlockSizes.of(base).isUniform();
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
