package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Ops.Mixture;

/**
 * Experts that are gated MLPs, each of three matrices of its own.
 *
 * @param module what stands before {@code gate} and {@code experts} in names, behind the block's
 * @param gate the name of the matrix that the activation is applied to
 * @param width F of an expert, before any pruning
 * @param normalised whether the weights of a token's experts add up to one
 */
record GatedExperts(
    ExpertCounts counts,
    String module,
    String gate,
    String up,
    String down,
    int width,
    boolean normalised,
    Activation activation) {

  /** Tokens of a block: (B, T, D) -> (B, T, D). */
  <T> T of(Ops<T> ops, T x, String block, int layer) {
    Mixture mixture = new Mixture(layer, router(block).name(), counts.perToken(), normalised);
    T logits = ops.linear(x, router(block)); // (B, T, E)
    return ops.mixture(x, logits, mixture, (expert, y) -> one(ops, y, block, expert));
  }

  private <T> T one(Ops<T> ops, T x, String block, int expert) {
    T opened = ops.activation(ops.linear(x, map(block, expert, gate)), activation); // (N, F)
    T read = ops.linear(x, map(block, expert, up)); // (N, F)
    return ops.linear(ops.mul(opened, read), map(block, expert, down)); // (N, D)
  }

  void parameters(ParameterList all, String block, int layer, long residual) {
    all.linear(router(block), counts.of(layer), residual);
    for (int expert = 0; expert < counts.of(layer); expert++) {
      all.linear(map(block, expert, gate), width, residual)
          .linear(map(block, expert, up), width, residual)
          .linear(map(block, expert, down), residual, width);
    }
  }

  private Linear router(String block) {
    return new Linear(block + module + ".gate", false);
  }

  private Linear map(String block, int expert, String part) {
    return new Linear(block + module + ".experts." + expert + "." + part, false);
  }
}
