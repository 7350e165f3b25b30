package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Remains;
import dev.secateur.tensor.FreedMemory;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/**
 * Refits a pruned model's matrices front to back, so that its residual stream stays near the whole
 * model's. Both streams, x and x~, go through the blocks side by side, and each matrix is fitted
 * after everything before it in the pruned model has been fitted (as ZipLM does, arXiv 2302.04089,
 * and SparseGPT, arXiv 2301.00774): with z~ what it reads there, and e the difference of the
 * streams that its output is added to, its target is T = (1 - tau) W z~ + tau (W z + e).
 *
 * <p>A matrix of an expert is fitted to the tokens that are routed to it, with tau = 0: routing is
 * the same whether the expert is whole or not. With too few tokens it keeps its weights.
 *
 * <p>One structure's sums are held at a time, beside both streams of all samples; matrices are
 * written when they are fitted. Samples are added in the same order and with the same bits wherever
 * the weights are kept.
 */
public final class Compensation {
  private final Model base;
  private final Recipe recipe;
  private final Remains remains;
  private final Refit refit; // null where nothing is refitted
  private final long[][] samples;
  private final IntPredicate fittedOn;
  private final List<Fitted> fitted = new ArrayList<>();

  /** Told of each block before its samples are run; may throw to end the work. */
  @FunctionalInterface
  public interface ProgressListener {
    void block(int block, int of);
  }

  /**
   * @param base computed in float32
   * @param samples rows of token ids
   * @throws InputException when the strategy, or the model, is not covered
   */
  public Compensation(Model base, Recipe recipe, Refit refit, Batch samples) {
    this(base, recipe, Objects.requireNonNull(refit), samples.idRows(), sample -> true);
    check(base.decoder(), recipe.strategy());
  }

  /**
   * @param refit nothing is refitted where null
   * @param fittedOn by their place, the samples that matrices are fitted on
   */
  Compensation(Model base, Recipe recipe, Refit refit, long[][] samples, IntPredicate fittedOn) {
    this.base = base;
    this.recipe = recipe;
    this.remains = Remains.of(base.decoder(), recipe.groups());
    this.refit = refit;
    this.samples = samples;
    this.fittedOn = fittedOn;
  }

  /**
   * @throws InputException when there is no compensation for it
   */
  public static void check(Decoder base, Strategy strategy) {
    if (!CompensationMethod.LEAST_SQUARES.suits(strategy)) {
      throw new InputException(
          "compensation 'least-squares' can't be combined with the strategy '"
              + strategy.label()
              + "'; choose compensation 'none', or another strategy");
    }
    checkModel(base);
  }

  /**
   * @throws InputException when output matrices of it are no matrices of their own
   */
  public static void checkModel(Decoder base) {
    if (!Costs.of(base, 1).stacks().isEmpty()) {
      throw new InputException(
          "compensation 'least-squares' does not support experts whose matrices are stored in"
              + " one tensor ("
              + base.family()
              + "); choose compensation 'none'");
    }
  }

  /** Fits, and gives what is fitted to the writer, in order of execution. */
  public List<Fitted> run(CompensationWriter writer, ProgressListener progress) throws IOException {
    run(writer, progress, (sample, pruned, wholeEnd, prunedEnd) -> {});
    return List.copyOf(fitted);
  }

  /** Looks at both streams of a sample behind the last block: (1, T, D) each. */
  @FunctionalInterface
  interface End {
    void of(int sample, Model pruned, NDArray whole, NDArray prunedStream);
  }

  /** Fits, and gives what is fitted to the one, and the streams' ends to the other. */
  void run(FittedParameters writer, ProgressListener progress, End end) throws IOException {
    try (Model pruned = recipe.applied(base);
        NDManager manager = base.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      Streams streams = embedded(manager);
      for (int block = 0; block < base.decoder().layers(); block++) {
        progress.block(block, base.decoder().layers());
        FreedMemory.trim();
        block(block, pruned, streams, writer);
      }
      for (int i = 0; i < samples.length; i++) {
        end.of(i, pruned, streams.whole.get(i), streams.pruned.get(i));
      }
    }
  }

  /** The residual streams of all samples; one and the same arrays until the models differ. */
  private static final class Streams {
    private final List<NDArray> whole = new ArrayList<>();
    private final List<NDArray> pruned = new ArrayList<>();
    private boolean differ;

    private void set(int sample, NDArray nextWhole, NDArray nextPruned) {
      NDArray oldWhole = whole.set(sample, nextWhole);
      NDArray oldPruned = pruned.set(sample, nextPruned);
      for (NDArray old : List.of(oldWhole, oldPruned)) {
        if (old != nextWhole && old != nextPruned) {
          old.close();
        }
      }
    }
  }

  private Streams embedded(NDManager manager) {
    Streams streams = new Streams();
    for (long[] row : samples) {
      try (NDManager scope = manager.newSubManager()) {
        Batch one = Batch.causal(new long[][] {row});
        TensorOps ops = new TensorOps(scope, base, one.idRows());
        NDArray x = base.decoder().embed(ops, one.ids(scope));
        x.attach(manager);
        streams.whole.add(x);
        streams.pruned.add(x);
      }
    }
    return streams;
  }

  private void block(int block, Model pruned, Streams streams, FittedParameters writer)
      throws IOException {
    OptionalInt place = remains.block(block);
    try (NDManager scope = base.weights().manager().newSubManager()) {
      Map<String, NDArray> refitted = new HashMap<>();
      boolean cut =
          place.isPresent()
              && refit(block, place.getAsInt(), pruned, streams, writer, scope, refitted);
      advance(block, place, pruned, streams, refitted, cut);
      streams.differ |= cut || place.isEmpty();
    }
  }

  /** Whether anything of the block goes. */
  private boolean refit(
      int block,
      int place,
      Model pruned,
      Streams streams,
      FittedParameters writer,
      NDManager scope,
      Map<String, NDArray> refitted)
      throws IOException {
    BlockMatrices matrices = BlockMatrices.of(base.decoder(), block);
    BlockMatrices left = BlockMatrices.of(pruned.decoder(), place);
    BlockModels models =
        new BlockModels(base, block, matrices.outputNames(), pruned, place, left.outputNames());
    Map<String, NDArray> whole = new HashMap<>();
    InnerFit inner =
        refit == null
            ? null
            : new InnerFit(models, remains, refit, samples, fittedOn, writer, scope);
    int firstCut = Integer.MAX_VALUE; // of the output matrices; what follows reads another stream
    for (int i = 0; i < matrices.outputs().size(); i++) {
      OutputMatrix matrix = matrices.outputs().get(i);
      boolean loses = remains.isCut(matrix.layer().weight(), matrix.layer().in());
      for (InnerMatrices one : matrices.inner()) {
        if (inner != null && one.output() == i && (streams.differ || one.after() >= firstCut)) {
          fitted.addAll(
              inner.fit(one, left, streams.whole, streams.pruned, refitted, loses, whole));
        }
      }
      firstCut = loses ? Math.min(firstCut, i) : firstCut;
      if (refit == null) {
        continue;
      }
      boolean cut = firstCut <= i;
      double stream = matrix.stream(refit);
      if (loses || refit.rest() && stream > 0 && (cut || streams.differ)) {
        Target target = new Target(models, i, matrix, stream, loses, refitted, whole);
        fit(target, left.outputs().get(i), streams, writer, scope, refitted).ifPresent(fitted::add);
      }
    }
    // experts may go, and no matrix lose inputs
    return firstCut < Integer.MAX_VALUE || remains.isCut(block);
  }

  /** Nothing where an expert has too few tokens, which keeps its weights then. */
  private Optional<Fitted> fit(
      Target target,
      OutputMatrix matrix,
      Streams streams,
      FittedParameters writer,
      NDManager owner,
      Map<String, NDArray> refitted)
      throws IOException {
    BlockModels models = target.models();
    try (NDManager scope = owner.newSubManager()) {
      MatrixFit fit =
          new MatrixFit(scope, models.pruned().weights(), matrix.layer(), refit.biases());
      Moments all = fit.moments(scope);
      sum(all, fit, target, streams, scope, 0, 1);
      if (matrix.owner().isExpert() && all.tokens() < refit.leastTokens()) {
        return Optional.empty();
      }
      LeastSquares squares = fit.leastSquares();
      double[] errors =
          errors(squares, all, fit, target, streams, refit.folds(samples.length), scope);
      double rho = squares.rho(refit.ridge(), all.tokens(), errors);
      models.letGo();
      return Optional.of(fit.solve(squares, all, rho, writer, owner, refitted));
    }
  }

  /**
   * What each ridge errs by on folds that are left out; nothing where none is. Sums of one fold are
   * held at a time: its samples are run again for them.
   */
  private double[] errors(
      LeastSquares squares,
      Moments all,
      MatrixFit fit,
      Target target,
      Streams streams,
      int folds,
      NDManager scope) {
    if (folds < 2) {
      return new double[0];
    }
    double[] errors = new double[LeastSquares.GRID.size()];
    for (int fold = 0; fold < folds; fold++) {
      try (NDManager local = scope.newSubManager()) {
        Moments left = fit.moments(local);
        sum(left, fit, target, streams, local, fold, folds);
        target.models().letGo();
        fit.addErrors(squares, errors, all, left);
      }
    }
    return errors;
  }

  /** Sums over every {@code step}-th sample of those that are fitted on. */
  private void sum(
      Moments sums,
      MatrixFit fit,
      Target target,
      Streams streams,
      NDManager scope,
      int first,
      int step) {
    for (int i = first; i < samples.length; i += step) {
      if (!fittedOn.test(i)) {
        continue;
      }
      try (NDManager local = scope.newSubManager()) {
        target
            .of(local, samples[i], streams.whole.get(i), streams.pruned.get(i))
            .ifPresent(tokens -> fit.add(local, sums, tokens));
      }
    }
  }

  private void advance(
      int block,
      OptionalInt place,
      Model pruned,
      Streams streams,
      Map<String, NDArray> refitted,
      boolean cut) {
    NDManager manager = streams.whole.get(0).getManager();
    for (int i = 0; i < samples.length; i++) {
      NDArray whole = next(base, block, i, streams.whole.get(i), Map.of(), manager);
      NDArray other = streams.pruned.get(i);
      if (place.isPresent()) {
        other =
            cut || streams.differ
                ? next(pruned, place.getAsInt(), i, other, refitted, manager)
                : whole;
      }
      streams.set(i, whole, other);
    }
  }

  private NDArray next(
      Model model,
      int block,
      int sample,
      NDArray stream,
      Map<String, NDArray> refitted,
      NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      TensorOps ops =
          new TensorOps(
              scope, model, BlockModels.weights(model, refitted), new long[][] {samples[sample]});
      NDArray next = model.decoder().block(ops, stream, block);
      next.attach(manager);
      return next;
    }
  }
}
