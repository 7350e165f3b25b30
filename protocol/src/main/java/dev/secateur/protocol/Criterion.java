package dev.secateur.protocol;

/**
 * How a member of a unit is scored (arXiv 2305.11627, section 3.2). W weight, g gradient, F mean of
 * squared gradients, x what the weight is multiplied with.
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
  RANDOM(Family.RANDOM),
  /** Sum of |W| ||x|| (Wanda, arXiv 2306.11695). */
  WANDA(Family.ACTIVATION),
  /** Sum of W squared times the variance of x (FLAP, arXiv 2312.11983). */
  FLAP(Family.ACTIVATION),
  /** |L(W) - L(W without the unit)|, measured. */
  ABLATION(Family.ABLATION),
  /** 1 - cosine of a block's input and output (ShortGPT, arXiv 2403.03853); layers only. */
  BLOCK_INFLUENCE(Family.BLOCK_INFLUENCE),
  /** Keeps the first blocks; layers only. */
  FIRST_N(Family.POSITION),
  /** Keeps the last blocks; layers only. */
  LAST_N(Family.POSITION),
  /** Removes every other block, as DistilBERT does (arXiv 1910.01108); layers only. */
  ALTERNATE(Family.POSITION),
  /** How many tokens an expert computes; experts only. */
  USAGE(Family.ROUTING),
  /**
   * The mean over the tokens that an expert computes of its weight times the norm of its output
   * (REAP, arXiv 2510.13999); experts only.
   */
  REAP(Family.ROUTING);

  /** Criteria of one family come out of the same computation, which is a stage of its own. */
  public enum Family implements Labelled {
    FIRST_ORDER,
    SECOND_ORDER,
    MAGNITUDE,
    RANDOM,
    ACTIVATION,
    ABLATION,
    BLOCK_INFLUENCE,
    POSITION,
    ROUTING
  }

  private final Family family;

  Criterion(Family family) {
    this.family = family;
  }

  public Family family() {
    return family;
  }

  /** Whether it can score the units of a strategy. */
  public boolean suits(Strategy strategy) {
    return switch (family) {
      case BLOCK_INFLUENCE, POSITION -> strategy == Strategy.LAYER;
      case ABLATION -> strategy != Strategy.CHANNEL && strategy != Strategy.IGNORE_DEPENDENCIES;
      case ROUTING -> strategy == Strategy.EXPERT;
      default -> true;
    };
  }

  /**
   * Whether what is measured of parts of the samples, or of the units, adds up to what is measured
   * of all, so that several workers can share the work.
   */
  public boolean addsUp() {
    return switch (this) {
      case TAYLOR_VECTOR, TAYLOR_ELEMENT2, WANDA, FLAP, ABLATION, USAGE, REAP -> true;
      default -> false;
    };
  }

  /** Whether its scores depend on the seed alone. */
  public boolean isDrawn() {
    return family == Family.RANDOM;
  }

  /** Whether its scores depend on the weights. */
  public boolean readsWeights() {
    return switch (family) {
      case RANDOM, POSITION -> false;
      default -> true;
    };
  }

  /** Whether it needs calibration samples. */
  public boolean needsSamples() {
    return switch (family) {
      case MAGNITUDE, RANDOM, POSITION -> false;
      default -> true;
    };
  }
}
