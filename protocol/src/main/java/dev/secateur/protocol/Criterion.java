package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a member of a unit is scored (arXiv 2305.11627, section 3.2). W weight, g gradient, F mean of
 * squared gradients, x what the weight is multiplied with. Beside the built-in criteria there are
 * plug-ins, named {@code name@version}, scores of a file, {@code scores:FILE}, and, for trials with
 * a given recipe, {@code recipe:FILE}.
 */
public final class Criterion implements Labelled {
  /** |sum of W g| over each channel. */
  public static final Criterion TAYLOR_VECTOR = new Criterion("taylor-vector", Family.FIRST_ORDER);

  /** Sum of |W g|. */
  public static final Criterion TAYLOR_ELEMENT1 =
      new Criterion("taylor-element1", Family.FIRST_ORDER);

  /** Sum of |W F W|. */
  public static final Criterion TAYLOR_ELEMENT2 =
      new Criterion("taylor-element2", Family.SECOND_ORDER);

  /** Sum of |W g - W F W / 2|. */
  public static final Criterion TAYLOR_MIXED = new Criterion("taylor-mixed", Family.SECOND_ORDER);

  /** Sum of |W|. */
  public static final Criterion L1 = new Criterion("l1", Family.MAGNITUDE);

  /** Sum of W squared. */
  public static final Criterion L2 = new Criterion("l2", Family.MAGNITUDE);

  /** Uniform in [0, 1), from the seed. */
  public static final Criterion RANDOM = new Criterion("random", Family.RANDOM);

  /** Sum of |W| ||x|| (Wanda, arXiv 2306.11695). */
  public static final Criterion WANDA = new Criterion("wanda", Family.ACTIVATION);

  /** Sum of W squared times the variance of x (FLAP, arXiv 2312.11983). */
  public static final Criterion FLAP = new Criterion("flap", Family.ACTIVATION);

  /** |L(W) - L(W without the unit)|, measured. */
  public static final Criterion ABLATION = new Criterion("ablation", Family.ABLATION);

  /** 1 - cosine of a block's input and output (ShortGPT, arXiv 2403.03853); layers only. */
  public static final Criterion BLOCK_INFLUENCE =
      new Criterion("block-influence", Family.BLOCK_INFLUENCE);

  /** Keeps the first blocks; layers only. */
  public static final Criterion FIRST_N = new Criterion("first-n", Family.POSITION);

  /** Keeps the last blocks; layers only. */
  public static final Criterion LAST_N = new Criterion("last-n", Family.POSITION);

  /** Removes every other block, as DistilBERT does (arXiv 1910.01108); layers only. */
  public static final Criterion ALTERNATE = new Criterion("alternate", Family.POSITION);

  /** How many tokens an expert computes; experts only. */
  public static final Criterion USAGE = new Criterion("usage", Family.ROUTING);

  /**
   * The mean over the tokens that an expert computes of its weight times the norm of its output
   * (REAP, arXiv 2510.13999); experts only.
   */
  public static final Criterion REAP = new Criterion("reap", Family.ROUTING);

  /**
   * What the loss grows by as a unit goes after those that matter less, while what reads it makes
   * up for it (Optimal Brain Surgeon, Hassibi and Stork 1993; for structures ZipLM, arXiv
   * 2302.04089); heads and MLP channels only.
   */
  public static final Criterion OBS = new Criterion("obs", Family.OUTPUT_ERROR);

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
    /** Computed by a plug-in. */
    PLUG_IN,
    /** Read from a file. */
    GIVEN,
    ROUTING,
    /** An order, by the error of the matrix that reads a structure's units. */
    OUTPUT_ERROR
  }

  private static final List<Criterion> BUILT_IN =
      List.of(
          TAYLOR_VECTOR,
          TAYLOR_ELEMENT1,
          TAYLOR_ELEMENT2,
          TAYLOR_MIXED,
          L1,
          L2,
          RANDOM,
          WANDA,
          FLAP,
          ABLATION,
          BLOCK_INFLUENCE,
          FIRST_N,
          LAST_N,
          ALTERNATE,
          USAGE,
          REAP,
          OBS);

  private static final String SCORES = "scores:";
  private static final String RECIPE = "recipe:";

  /** What a plug-in may be called, and its version. */
  private static final String WORD = "[A-Za-z0-9][A-Za-z0-9._+-]{0,63}";

  private final String label;
  private final Family family;

  private Criterion(String label, Family family) {
    this.label = label;
    this.family = family;
  }

  /** Those that are built in. */
  public static Criterion[] values() {
    return BUILT_IN.toArray(Criterion[]::new);
  }

  /** One of the built-in criteria. */
  public static Optional<Criterion> builtIn(String label) {
    return BUILT_IN.stream().filter(one -> one.label.equals(label)).findFirst();
  }

  /**
   * By its label, whether or not there is such a plug-in.
   *
   * @throws IllegalArgumentException when nothing can be called so
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Criterion of(String label) {
    return parse(label)
        .orElseThrow(
            () -> new IllegalArgumentException("no criterion can have the name '" + label + "'"));
  }

  /** By its label, whether or not there is such a plug-in; nothing where none can be called so. */
  public static Optional<Criterion> parse(String label) {
    Optional<Criterion> known = builtIn(label);
    if (known.isPresent()) {
      return known;
    } else if (label.startsWith(SCORES) || label.startsWith(RECIPE)) {
      return Optional.of(label)
          .filter(text -> text.length() > SCORES.length())
          .map(text -> new Criterion(text, Family.GIVEN));
    }
    return Optional.of(label)
        .filter(text -> text.matches(WORD + "(@" + WORD + ")?"))
        .map(text -> new Criterion(text, Family.PLUG_IN));
  }

  /** A plug-in's. */
  public static Criterion plugIn(String name, String version) {
    return of(name + "@" + version);
  }

  /** The file that scores are read from, where they are. */
  public Optional<String> scoresFile() {
    return Optional.of(label)
        .filter(text -> text.startsWith(SCORES))
        .map(text -> text.substring(SCORES.length()));
  }

  /** Whether the units that go are given, not the scores. */
  public boolean isRecipe() {
    return label.startsWith(RECIPE);
  }

  public boolean isBuiltIn() {
    return family != Family.PLUG_IN && family != Family.GIVEN;
  }

  /** Criteria that come out of the same computation, this one among them. */
  public List<Criterion> relatives() {
    return isBuiltIn()
        ? Arrays.stream(values()).filter(one -> one.family == family).toList()
        : List.of(this);
  }

  @Override
  public String name() {
    return label.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  @Override
  public String label() {
    return label;
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
      case OUTPUT_ERROR -> strategy == Strategy.BLOCK;
      default -> true;
    };
  }

  /**
   * Whether what is measured of parts of the samples, or of the units, adds up to what is measured
   * of all, so that several workers can share the work.
   */
  public boolean addsUp() {
    return List.of(TAYLOR_VECTOR, TAYLOR_ELEMENT2, WANDA, FLAP, ABLATION, USAGE, REAP)
        .contains(this);
  }

  /**
   * Whether its scores are losses, whose sum over units of several structures means something as it
   * is.
   */
  public boolean scoresLosses() {
    return family == Family.OUTPUT_ERROR;
  }

  /** Whether its scores depend on the seed alone. */
  public boolean isDrawn() {
    return family == Family.RANDOM;
  }

  /** Whether its scores depend on the weights. */
  public boolean readsWeights() {
    return switch (family) {
      case RANDOM, POSITION, GIVEN -> false;
      default -> true;
    };
  }

  /** Whether it needs calibration samples; a plug-in may. */
  public boolean needsSamples() {
    return switch (family) {
      case MAGNITUDE, RANDOM, POSITION, GIVEN -> false;
      default -> true;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Criterion criterion && criterion.label.equals(label);
  }

  @Override
  public int hashCode() {
    return label.hashCode();
  }

  @Override
  public String toString() {
    return label;
  }
}
