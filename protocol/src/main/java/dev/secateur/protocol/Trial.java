package dev.secateur.protocol;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One point of the grid, with the stages that answer it.
 *
 * @param index its place in the grid, from zero
 * @param before evaluation of the base
 * @param pruning the recipe
 * @param after evaluation of the pruned model
 * @param recovery the adapter, where the trial is recovered
 * @param recovered evaluation of the recovered model
 * @param training the model of the pruned shape from random weights, where the sweep asks for it
 * @param trained evaluation of that
 * @param stages all that it needs
 * @param export the written checkpoint, where the sweep asks for it
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
    List<StageKey> stages) {

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
        stages.stream().map(keys).distinct().toList());
  }

  /** The stages that are of no use where the trial is not recovered. */
  public List<StageKey> ofRecovery() {
    return recovery.isEmpty()
        ? List.of()
        : Stream.of(recovery, recovered, training, trained, export)
            .flatMap(Optional::stream)
            .toList();
  }
}
