package dev.secateur.estimation;

/** |W g|, which is taylor-element1 over again; README's example. */
public final class ConnectionSensitivity implements ElementCriterion {
  @Override
  public String name() {
    return "connection-sensitivity";
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public boolean needsGradients() {
    return true;
  }

  @Override
  public float[] score(Weight weight) {
    float[] scores = weight.values();
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Math.abs(scores[i] * weight.gradients()[i]);
    }
    return scores;
  }
}
