package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
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
   * Scores the members of the structures that the strategy may prune, by all of the criteria; or a
   * part of that work, which another estimation merges.
   *
   * @param attention the blocks whose heads may go; of the layer strategy, the blocks that may go
   * @param mlp the blocks whose MLP channels may go
   * @param criteria of one family
   * @param part which part of the samples, or of the units, is measured
   * @param parts the number of parts; one for all of it
   * @param merged the parts that are merged, in their order; nothing is measured then
   */
  record Estimation(
      ModelRef model,
      StageKey discovery,
      Strategy strategy,
      LayerSpan attention,
      LayerSpan mlp,
      List<Criterion> criteria,
      Samples samples,
      int part,
      int parts,
      List<StageKey> merged)
      implements StageSpec {}

  /**
   * Aggregates stored scores, ranks units and writes the recipe.
   *
   * @param samples what scores are estimated from anew, where there is more than one step
   */
  record Pruning(
      ModelRef model,
      StageKey discovery,
      StageKey estimation,
      Point point,
      Optional<Samples> samples)
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

  /**
   * Perplexity, and accuracy on multiple-choice tasks, of the base, of the pruned model, or of the
   * pruned model with its adapter.
   *
   * @param tasks a folder of tasks, or the built-in one
   * @param questions the most of a task
   */
  record Evaluation(
      ModelRef model,
      Optional<StageKey> recipe,
      Optional<StageKey> adapter,
      TextRef text,
      int window,
      int windows,
      Optional<TextRef> tasks,
      int questions)
      implements StageSpec {}

  /** Writes the pruned model, with its adapter merged where it has one, as a checkpoint. */
  record Export(ModelRef model, StageKey recipe, Optional<StageKey> adapter) implements StageSpec {}
}
