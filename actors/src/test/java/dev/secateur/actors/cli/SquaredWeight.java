package dev.secateur.actors.cli;

import dev.secateur.estimation.ElementCriterion;

/** W squared, as l2 has it. */
public final class SquaredWeight implements ElementCriterion {
  @Override
  public String name() {
    return "squared-weight";
  }

  @Override
  public String version() {
    return "7";
  }

  @Override
  public float[] score(Weight weight) {
    float[] scores = weight.values();
    for (int i = 0; i < scores.length; i++) {
      scores[i] *= scores[i];
    }
    return scores;
  }
}
