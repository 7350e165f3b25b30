package dev.secateur.training;

import java.util.List;

/**
 * Notices about a training's data and settings, given before its first step.
 *
 * @param rowsLeftOut rows that are left out of training and validation, since no token of their
 *     answer lies within the cutoff
 * @param stepsOfWarmupLeft steps of the warm-up that exceed the steps of the training
 * @param lines the same as text, a line for each that applies
 */
public record TrainingNotices(int rowsLeftOut, int stepsOfWarmupLeft, List<String> lines) {

  /** What is to be said of a warm-up, or nothing. */
  public static List<String> ofWarmup(int warmup, int steps) {
    return warmup > steps
        ? List.of(
            "the warm-up of "
                + warmup
                + " steps is longer than the training of "
                + steps
                + ": the learning rate does not reach its peak")
        : List.of();
  }
}
