package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Ops.Linear;
import dev.secateur.pruning.Remains;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Refits inner matrices of a block: with u what a matrix W reads in the whole model and u~ what it
 * reads in the pruned one as that is by then, its target is T = (1 - tau) W u~ + tau W u, of those
 * outputs that are left. Matrices that read the same share the sums over tokens; each has a ridge
 * of its own. Those of an expert are fitted to the tokens that choose it in the pruned model.
 */
final class InnerFit {
  private final BlockModels models;
  private final Remains remains;
  private final Refit refit;
  private final long[][] samples;
  private final CompensationWriter writer;
  private final NDManager owner;

  /**
   * @param owner of the refitted parameters
   */
  InnerFit(
      BlockModels models,
      Remains remains,
      Refit refit,
      long[][] samples,
      CompensationWriter writer,
      NDManager owner) {
    this.models = models;
    this.remains = remains;
    this.refit = refit;
    this.samples = samples;
    this.writer = writer;
    this.owner = owner;
  }

  /**
   * Fits and writes those that read one value; none where they are an expert's that goes, or that
   * too few tokens choose.
   *
   * @param matrices the base's
   * @param left all of the pruned block's
   * @param dense the base's streams before the block, of all samples
   * @param pruned the pruned model's
   * @param refitted parameters that are fitted by now, to which these are added
   * @param toWhole whether they are fitted in the base too, with the outputs that go
   * @param whole those of the base, to which they are added then
   */
  List<Fitted> fit(
      InnerMatrices matrices,
      BlockMatrices left,
      List<NDArray> dense,
      List<NDArray> pruned,
      Map<String, NDArray> refitted,
      boolean toWhole,
      Map<String, NDArray> whole)
      throws IOException {
    Optional<InnerMatrices> kept = kept(matrices, left);
    if (refit.inner() == 0 || kept.isEmpty()) {
      return List.of();
    }
    try (NDManager scope = owner.newSubManager()) {
      List<InputMoments> folds = sums(matrices, kept.get(), dense, pruned, refitted, scope);
      long tokens = folds.stream().mapToLong(InputMoments::tokens).sum();
      List<Fitted> fitted = new ArrayList<>();
      if (matrices.expert().isEmpty() || tokens >= refit.leastTokens()) {
        for (int i = 0; i < matrices.layers().size(); i++) {
          Fitted one = solve(kept.get().layers().get(i), folds, scope, refitted);
          fitted.add(one);
          if (toWhole) {
            solveWhole(matrices.layers().get(i), folds, one.ridge(), scope, whole);
          }
        }
      }
      return fitted;
    }
  }

  /** The same matrices in the pruned model. */
  private Optional<InnerMatrices> kept(InnerMatrices matrices, BlockMatrices left) {
    Optional<String> weight = remains.name(matrices.layers().get(0).weight());
    return left.inner().stream()
        .filter(one -> weight.equals(Optional.of(one.layers().get(0).weight())))
        .findFirst();
  }

  private List<InputMoments> sums(
      InnerMatrices matrices,
      InnerMatrices kept,
      List<NDArray> dense,
      List<NDArray> pruned,
      Map<String, NDArray> refitted,
      NDManager scope) {
    Linear first = kept.layers().get(0);
    boolean withBias = refit.biases() && models.pruned().weights().has(first.biasName());
    long inputs =
        models.pruned().weights().shapes().get(first.weight()).get(first.in()) + (withBias ? 1 : 0);
    List<InputMoments> folds = new ArrayList<>();
    for (int fold = 0; fold < refit.folds(samples.length); fold++) {
      folds.add(new InputMoments(scope, inputs));
    }
    for (int i = 0; i < samples.length; i++) {
      try (NDManager local = scope.newSubManager()) {
        InputPass whole = models.wholeInput(local, samples[i], dense.get(i), matrices);
        InputPass cut = models.cutInput(local, samples[i], pruned.get(i), kept, refitted);
        Optional<NDArray> read = chosen(cut, cut.read(), kept);
        if (read.isPresent()) {
          NDArray should = mixed(local, read.get(), chosen(cut, whole.read(), kept).orElseThrow());
          folds
              .get(i % folds.size())
              .add(
                  withBias ? MatrixFit.withOne(local, read.get()) : read.get(),
                  withBias ? MatrixFit.withOne(local, should) : should);
        }
      }
    }
    return folds;
  }

  private static Optional<NDArray> chosen(InputPass cut, NDArray x, InnerMatrices kept) {
    return kept.expert().isPresent() ? cut.chosen(x, kept.expert().getAsInt()) : Optional.of(x);
  }

  /** (1 - tau) u~ + tau u. */
  private NDArray mixed(NDManager scope, NDArray read, NDArray dense) {
    if (refit.inner() == 1) {
      return dense;
    }
    NDArray mixed = Kernels.get().scale(scope, dense, refit.inner());
    Kernels.get().accumulate(mixed, read, 1 - refit.inner());
    return mixed;
  }

  private Fitted solve(
      Linear layer, List<InputMoments> folds, NDManager owner, Map<String, NDArray> refitted)
      throws IOException {
    try (NDManager scope = owner.newSubManager()) {
      MatrixFit fit = new MatrixFit(scope, models.pruned().weights(), layer, refit.biases());
      List<Moments> moments = moments(fit, folds, scope);
      return fit.solve(moments, refit.ridge(), writer, this.owner, refitted);
    }
  }

  private void solveWhole(
      Linear layer,
      List<InputMoments> folds,
      double ridge,
      NDManager owner,
      Map<String, NDArray> whole) {
    try (NDManager scope = owner.newSubManager()) {
      MatrixFit fit = new MatrixFit(scope, models.base().weights(), layer, refit.biases());
      fit.solve(Moments.all(scope, moments(fit, folds, scope)), ridge, this.owner, whole);
    }
  }

  private static List<Moments> moments(MatrixFit fit, List<InputMoments> folds, NDManager scope) {
    return folds.stream().map(fold -> fold.of(scope, fit.prior())).toList();
  }
}
