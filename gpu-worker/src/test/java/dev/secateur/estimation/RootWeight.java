package dev.secateur.estimation;

/** The square root of |W|, of matrices alone. */
public final class RootWeight implements ElementCriterion {
  @Override
  public String name() {
    return "root-weight";
  }

  @Override
  public String version() {
    return "2.1";
  }

  @Override
  public float[] score(Weight weight) {
    float[] scores = new float[weight.values().length];
    for (int i = 0; i < scores.length && weight.shape().length == 2; i++) {
      scores[i] = (float) Math.sqrt(Math.abs(weight.values()[i]));
    }
    return scores;
  }
}
