package dev.secateur.training;

import java.util.List;

/**
 * What is said of a training's data and settings before its first step.
 *
 * @param rowsLeftOut rows that are not trained on, nor validated with, since nothing of their
 *     answer lies within the cutoff
 * @param stepsOfWarmupLeft steps of the warm-up for which there is no step of the training
 * @param lines the same for people, each of them where there is something to say
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
