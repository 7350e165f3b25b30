package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * What a stage has to do, whole: a worker needs nothing else but the artifacts of the stages that
 * it names.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = StageSpec.Discovery.class, name = "discovery"),
  @JsonSubTypes.Type(value = StageSpec.Estimation.class, name = "estimation"),
  @JsonSubTypes.Type(value = StageSpec.Pruning.class, name = "pruning"),
  @JsonSubTypes.Type(value = StageSpec.Recovery.class, name = "recovery"),
  @JsonSubTypes.Type(value = StageSpec.Evaluation.class, name = "evaluation"),
  @JsonSubTypes.Type(value = StageSpec.Export.class, name = "export")
})
public sealed interface StageSpec {
  /** The base checkpoint. */
  ModelRef model();

  /** Finds the coupled structures. */
  record Discovery(ModelRef model) implements StageSpec {}

  /**
   * Scores the members of the structures that the strategy may prune, by all criteria of the
   * family.
   *
   * @param firstLayer the first block that the block strategy may prune
   * @param endLayer the block after the last
   * @param seed for the choice of samples and the random criterion
   */
  record Estimation(
      ModelRef model,
      StageKey discovery,
      Strategy strategy,
      int firstLayer,
      int endLayer,
      Criterion.Family family,
      TextRef text,
      int samples,
      int length,
      long seed)
      implements StageSpec {}

  /** Aggregates stored scores, ranks units and writes the recipe. */
  record Pruning(
      ModelRef model,
      StageKey discovery,
      StageKey estimation,
      Strategy strategy,
      int firstLayer,
      int endLayer,
      BigDecimal ratio,
      Criterion criterion,
      Aggregation aggregation)
      implements StageSpec {}

  /** Trains a LoRA adapter on the pruned model. */
  record Recovery(
      ModelRef model,
      StageKey recipe,
      TextRef data,
      String template,
      int steps,
      int batch,
      int microBatch,
      double learningRate,
      int warmup,
      int rank,
      double alpha,
      double dropout,
      int cutoff,
      long seed)
      implements StageSpec {}

  /** Perplexity of the base, of the pruned model, or of the pruned model with its adapter. */
  record Evaluation(
      ModelRef model,
      Optional<StageKey> recipe,
      Optional<StageKey> adapter,
      TextRef text,
      int window,
      int windows)
      implements StageSpec {}

  /** Writes the pruned model, with its adapter merged where it has one, as a checkpoint. */
  record Export(ModelRef model, StageKey recipe, Optional<StageKey> adapter) implements StageSpec {}
}
