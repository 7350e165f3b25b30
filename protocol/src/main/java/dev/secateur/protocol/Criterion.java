package dev.secateur.protocol;

/**
 * How a member of a unit is scored (arXiv 2305.11627, section 3.2). W weight, g gradient, F mean of
 * squared gradients.
 */
public enum Criterion implements Labelled {
  /** |sum of W g| over each channel. */
  TAYLOR_VECTOR(Family.FIRST_ORDER),
  /** Sum of |W g|. */
  TAYLOR_ELEMENT1(Family.FIRST_ORDER),
  /** Sum of |W F W|. */
  TAYLOR_ELEMENT2(Family.SECOND_ORDER),
  /** Sum of |W g - W F W / 2|. */
  TAYLOR_MIXED(Family.SECOND_ORDER),
  /** Sum of |W|. */
  L1(Family.MAGNITUDE),
  /** Sum of W squared. */
  L2(Family.MAGNITUDE),
  /** Uniform in [0, 1), from the seed. */
  RANDOM(Family.RANDOM);

  /** Criteria of one family come out of the same computation, which is a stage of its own. */
  public enum Family implements Labelled {
    FIRST_ORDER,
    SECOND_ORDER,
    MAGNITUDE,
    RANDOM
  }

  private final Family family;

  Criterion(Family family) {
    this.family = family;
  }

  public Family family() {
    return family;
  }
}
