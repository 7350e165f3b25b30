package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.model.Ops.Linear;
import dev.secateur.pruning.Remains;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Refits inner matrices of a block: with u what a matrix W reads in the whole model and u~ what it
 * reads in the pruned model so far, its target is T = (1 - tau) W u~ + tau W u, for the remaining
 * outputs. Matrices that read the same input share the sums over tokens; each has its own ridge,
 * and is solved in a copy of G. Those of an expert are fitted to the tokens that are routed to it
 * in the pruned model.
 */
final class InnerFit {
  private final BlockModels models;
  private final Remains remains;
  private final Refit refit;
  private final long[][] samples;
  private final IntPredicate fittedOn;
  private final FittedParameters writer;
  private final NDManager owner;

  /**
   * @param fittedOn by their place, the samples that are counted
   * @param owner of the refitted parameters
   */
  InnerFit(
      BlockModels models,
      Remains remains,
      Refit refit,
      long[][] samples,
      IntPredicate fittedOn,
      FittedParameters writer,
      NDManager owner) {
    this.models = models;
    this.remains = remains;
    this.refit = refit;
    this.samples = samples;
    this.fittedOn = fittedOn;
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
    Inputs inputs = new Inputs(matrices, kept.get(), dense, pruned, refitted);
    try (NDManager scope = owner.newSubManager()) {
      InputMoments all = sums(inputs, scope, 0, 1);
      if (matrices.owner().isExpert() && all.tokens() < refit.leastTokens()) {
        return List.of();
      }
      List<Matrix> cut = matrices(kept.get(), models.pruned(), scope);
      List<Matrix> uncut = toWhole ? matrices(matrices, models.base(), scope) : List.of();
      double[][] errors = errors(inputs, cut, all, scope);
      models.letGo();
      List<Fitted> fitted = new ArrayList<>();
      for (int i = 0; i < cut.size(); i++) {
        Matrix one = cut.get(i);
        double rho = one.squares.rho(refit.ridge(), all.tokens(), errors[i]);
        try (NDManager local = one.scope) {
          Moments sums = all.copyOf(local, one.squares.prior());
          fitted.add(one.fit.solve(one.squares, sums, rho, writer, owner, refitted));
        }
        if (toWhole) {
          solve(uncut.get(i), all, rho, whole);
        }
      }
      return fitted;
    }
  }

  private void solve(Matrix one, InputMoments all, double rho, Map<String, NDArray> whole) {
    try (NDManager local = one.scope) {
      Moments sums = all.copyOf(local, one.squares.prior());
      one.fit.solve(one.squares, sums, rho, owner, whole);
    }
  }

  /** What a group is fitted to: its matrices in both models, and the streams before the block. */
  private record Inputs(
      InnerMatrices matrices,
      InnerMatrices kept,
      List<NDArray> dense,
      List<NDArray> pruned,
      Map<String, NDArray> refitted) {}

  /** A matrix of a group; its scope, which has a copy of its weights, ends when it is fitted. */
  private record Matrix(NDManager scope, MatrixFit fit, LeastSquares squares) {}

  private List<Matrix> matrices(InnerMatrices group, Model model, NDManager scope) {
    List<Matrix> matrices = new ArrayList<>();
    for (Linear layer : group.layers()) {
      NDManager own = scope.newSubManager();
      MatrixFit fit = new MatrixFit(own, model.weights(), layer, refit.biases());
      matrices.add(new Matrix(own, fit, fit.leastSquares()));
    }
    return matrices;
  }

  /**
   * What each ridge errs by on folds that are left out, of each matrix; nothing where none is left
   * out. Sums of one fold are held at a time: its samples are run again for them.
   */
  private double[][] errors(
      Inputs inputs, List<Matrix> matrices, InputMoments all, NDManager scope) {
    int folds = refit.folds(samples.length);
    double[][] errors = new double[matrices.size()][folds > 1 ? LeastSquares.GRID.size() : 0];
    for (int fold = 0; folds > 1 && fold < folds; fold++) {
      try (NDManager local = scope.newSubManager()) {
        InputMoments left = sums(inputs, local, fold, folds);
        models.letGo();
        for (int i = 0; i < errors.length; i++) {
          try (NDManager ofOne = local.newSubManager()) {
            Matrix one = matrices.get(i);
            Moments total = all.of(ofOne, one.squares.prior());
            Moments part = left.of(ofOne, one.squares.prior());
            one.fit.addErrors(one.squares, errors[i], total, part);
          }
        }
      }
    }
    return errors;
  }

  /** The same matrices in the pruned model. */
  private Optional<InnerMatrices> kept(InnerMatrices matrices, BlockMatrices left) {
    Optional<String> weight = remains.name(matrices.layers().get(0).weight());
    return left.inner().stream()
        .filter(one -> weight.equals(Optional.of(one.layers().get(0).weight())))
        .findFirst();
  }

  /** Sums over every {@code step}-th sample. */
  private InputMoments sums(Inputs inputs, NDManager scope, int first, int step) {
    InnerMatrices kept = inputs.kept;
    Linear layer = kept.layers().get(0);
    boolean withBias = refit.biases() && models.pruned().weights().has(layer.biasName());
    long width = models.pruned().weights().shapes().get(layer.weight()).get(layer.in());
    InputMoments sums = new InputMoments(scope, width + (withBias ? 1 : 0));
    for (int i = first; i < samples.length; i += step) {
      if (!fittedOn.test(i)) {
        continue;
      }
      try (NDManager local = scope.newSubManager()) {
        InputPass whole =
            models.wholeInput(local, samples[i], inputs.dense.get(i), inputs.matrices);
        InputPass cut =
            models.cutInput(local, samples[i], inputs.pruned.get(i), kept, inputs.refitted);
        Optional<NDArray> read = chosen(cut, cut.read(), kept);
        if (read.isPresent()) {
          NDArray should = mixed(local, read.get(), chosen(cut, whole.read(), kept).orElseThrow());
          sums.add(
              withBias ? MatrixFit.withOne(local, read.get()) : read.get(),
              withBias ? MatrixFit.withOne(local, should) : should);
        }
      }
    }
    return sums;
  }

  private static Optional<NDArray> chosen(InputPass cut, NDArray x, InnerMatrices kept) {
    return kept.owner() instanceof Owner.Expert expert
        ? cut.chosen(x, expert.number())
        : Optional.of(x);
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
}
