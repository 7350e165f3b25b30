package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One point of the grid, with the stages that compute its results.
 *
 * @param index its place in the grid, from zero
 * @param before evaluation of the base
 * @param pruning the recipe, which removes nothing if the ratio is 0
 * @param after evaluation of the pruned model
 * @param recovery the adapter, if the trial is recovered
 * @param recovered evaluation of the recovered model
 * @param training the model of the pruned shape from random weights, if the sweep requests it
 * @param trained evaluation of that
 * @param stages all that it needs
 * @param export the written checkpoint, if the sweep requests it
 * @param further evaluations of its models; none in trials planned before these existed
 * @param compensation the recipe with refitted matrices, if the trial has them
 */
public record Trial(
    int index,
    ModelRef model,
    Point point,
    StageKey before,
    StageKey pruning,
    StageKey after,
    Optional<StageKey> recovery,
    Optional<StageKey> recovered,
    Optional<StageKey> training,
    Optional<StageKey> trained,
    Optional<StageKey> export,
    List<StageKey> stages,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Further> further,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<StageKey> compensation) {
  public Trial {
    further = further == null ? List.of() : List.copyOf(further);
  }

  /** Models of a trial that are evaluated. */
  public enum Role implements Labelled {
    BEFORE,
    PRUNED,
    RECOVERED,
    SCRATCH
  }

  /**
   * An evaluation of one of the trial's models on another text, or of its adapter on the way.
   *
   * @param text what the sweep calls the text; empty where it measures what all evaluations do
   * @param step of the recovery after which the adapter is evaluated; absent at its end
   */
  public record Further(Role role, String text, Optional<Integer> step, StageKey key) {
    Further under(UnaryOperator<StageKey> keys) {
      return new Further(role, text, step, keys.apply(key));
    }

    /** Whether it is of no use where the trial is not recovered. */
    boolean ofRecovery() {
      return role == Role.RECOVERED || role == Role.SCRATCH;
    }
  }

  /** The same with its stages under other keys. */
  public Trial under(UnaryOperator<StageKey> keys) {
    return new Trial(
        index,
        model,
        point,
        keys.apply(before),
        keys.apply(pruning),
        keys.apply(after),
        recovery.map(keys),
        recovered.map(keys),
        training.map(keys),
        trained.map(keys),
        export.map(keys),
        stages.stream().map(keys).distinct().toList(),
        further.stream().map(one -> one.under(keys)).toList(),
        compensation.map(keys));
  }

  /** Whether anything is trained. */
  public boolean hasTraining() {
    return recovery.isPresent() || training.isPresent();
  }

  /** The stages that are of no use where the trial is not recovered. */
  public List<StageKey> ofRecovery() {
    if (!hasTraining()) {
      return List.of();
    }
    return Stream.concat(
            Stream.of(recovery, recovered, training, trained, export).flatMap(Optional::stream),
            further.stream().filter(Further::ofRecovery).map(Further::key))
        .toList();
  }
}
