package dev.secateur.protocol;

import java.util.List;
import java.util.Optional;

/**
 * One point of the grid, with the stages that answer it.
 *
 * @param index its place in the grid, from zero
 * @param before evaluation of the base
 * @param pruning the recipe
 * @param after evaluation of the pruned model
 * @param recovery the adapter, where the trial is recovered
 * @param recovered evaluation of the recovered model
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
    Optional<StageKey> export,
    List<StageKey> stages) {}
