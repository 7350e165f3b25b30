package dev.secateur.protocol;

import java.util.OptionalLong;

/**
 * The most that a stage writes to its worker's disk: its artifact and temporary files. A rough
 * bound, by its kind and the size of its base model.
 */
public final class DiskNeed {
  /** Structures, recipes, metrics and texts; what every stage may write. */
  public static final long LEAST = 8L << 20;

  /** Scores are a number to each unit's member, and a member has hundreds of weights. */
  private static final int MODEL_TO_SCORES = 256;

  /** Weights, two moments and the best ones, in float32 and twice while they are replaced. */
  private static final int TRAINED = 8;

  /** Of a block of width h, the seven affine maps of which an adapter of rank r has 19 h r. */
  private static final int ADAPTER_WIDTHS = 19;

  /** The weights of such a block are 12 h h. */
  private static final int BLOCK_WIDTHS = 12;

  private DiskNeed() {}

  /**
   * @param model bytes of the base model's files; without them what needs no model is told
   */
  public static long of(StageSpec spec, OptionalLong model) {
    return LEAST + (model.isPresent() ? ofModel(spec, model.getAsLong()) : 0);
  }

  /** Whether it depends on the model's size. */
  public static boolean dependsOnModel(StageSpec spec) {
    return ofModel(spec, 1L << 40) > 0;
  }

  private static long ofModel(StageSpec spec, long model) {
    if (spec instanceof EstimationSpec) {
      return model / MODEL_TO_SCORES;
    } else if (spec instanceof ImportSpec given) {
      return given.content() instanceof ImportSpec.Scores ? model / MODEL_TO_SCORES : 0;
    } else if (spec instanceof RecoverySpec recovery) {
      return adapter(recovery, model);
    } else if (spec instanceof TrainingSpec) {
      return TRAINED * model;
    } else if (spec instanceof ExportSpec export) {
      return model + export.files().gguf().map(type -> gguf(type, model)).orElse(0L);
    } else if (spec instanceof CompensationSpec) {
      return model; // its matrices, once by themselves and once together, are less than half each
    } else if (spec instanceof EvaluationSpec evaluation) {
      return evaluation.subject() instanceof Subject.Trained
          ? model
          : 0; // it may have to be fetched
    }
    return 0;
  }

  /** A base stores its weights in two bytes or more. */
  private static long gguf(GgufWeights type, long model) {
    return type == GgufWeights.F32 ? 2 * model : model;
  }

  /** The width follows from a block's weights, two bytes each. */
  private static long adapter(RecoverySpec recovery, long model) {
    int layers = Math.max(1, recovery.model().layers());
    double width = Math.sqrt(model / 2.0 / layers / BLOCK_WIDTHS);
    double parameters = (double) ADAPTER_WIDTHS * recovery.tuning().rank() * layers * width;
    return (long) (TRAINED * Float.BYTES * parameters);
  }
}
