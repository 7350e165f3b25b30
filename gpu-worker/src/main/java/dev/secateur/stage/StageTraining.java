package dev.secateur.stage;

import dev.secateur.protocol.Tuning;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingNotices;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The progress and the metrics of a stage that trains. */
final class StageTraining implements TrainingListener {
  /** Steps between saves of how far a training is. */
  static final int SAVE_EVERY = 50;

  private final StageContext context;
  private final Map<String, Double> metrics = new HashMap<>();

  StageTraining(StageContext context) {
    this.context = context;
  }

  @Override
  public void noticed(TrainingNotices notices) {
    metrics.put("rows_left_out", (double) notices.rowsLeftOut());
    metrics.put("warmup_steps_left", (double) notices.stepsOfWarmupLeft());
  }

  @Override
  public void stepDone(Trainer.Step step) {
    context.report(step.step(), step.steps(), String.format(Locale.ROOT, "loss %.3f", step.loss()));
  }

  Map<String, Double> metrics(Trainer.Result result) {
    metrics.put("loss", result.loss());
    metrics.put("steps", (double) result.steps());
    if (result.kept() instanceof Trainer.Kept.Lowest lowest) {
      metrics.put("validation_loss", lowest.validation());
      metrics.put("best_step", (double) lowest.step());
    }
    return metrics;
  }

  /** What takes the memory of a training. */
  static String memoryNeed(Tuning tuning) {
    return "micro-batch "
        + tuning.budget().microBatch()
        + " of "
        + tuning.cutoff()
        + " tokens, rank "
        + tuning.rank()
        + (tuning.checkpointing() ? "" : " (checkpointing = true needs less)");
  }

  /**
   * The micro-batch of a training.
   *
   * @param with the stage with another tuning
   */
  static <S> MicroBatchBackoff<S> halvable(Tuning tuning, Function<Tuning, S> with) {
    return new MicroBatchBackoff<>(
        "micro_batch", tuning.budget().microBatch(), () -> with.apply(tuning.halved()));
  }
}
