package dev.secateur.estimation;

import dev.secateur.model.Model;
import java.util.List;
import java.util.Set;

/**
 * What gradients are asked of a model.
 *
 * @param chunks what one backward pass each is taken of, in order of their rows
 * @param wanted parameters whose gradients are asked for
 * @param uses where the forward pass uses them
 * @param checkpoint run between submodules; may throw to end the walk
 */
record GradientWalk(
    Model model, List<Chunk> chunks, Set<String> wanted, Uses uses, Runnable checkpoint) {
  /**
   * A walk of a model.
   *
   * @throws IllegalStateException when a wanted parameter takes no part in the forward pass
   */
  static GradientWalk of(Model model, List<Chunk> chunks, Set<String> wanted, Runnable checkpoint) {
    return new GradientWalk(model, chunks, wanted, Uses.of(model.decoder(), wanted), checkpoint);
  }

  /** The submodule that the walk ends with. */
  int lowest() {
    return uses.lowest();
  }
}
