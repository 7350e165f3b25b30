package dev.secateur.estimation;

/**
 * A criterion of your own, as a plug-in on the class path: the importance of each element of a
 * weight. The score of a unit for one member is the sum over the elements that it owns, in float64.
 * The aggregation of a trial combines these sums.
 *
 * <p>An implementation is public, has a constructor without arguments, and is named in {@code
 * META-INF/services/dev.secateur.estimation.ElementCriterion} of its jar, which every node has on
 * its class path ({@code SECATEUR_CLASSPATH}). Configurations name it by its name. It may be called
 * by several threads at once.
 */
public interface ElementCriterion {
  /** Letters, digits, '.', '_', '+' and '-'; unlike those of all other criteria. */
  String name();

  /**
   * Of what it computes; the same characters. A part of the keys of the stages that it scores in:
   * raise it when scores change, or old ones are reused.
   */
  String version();

  /** Whether it is given gradients, for which calibration samples go through the model. */
  default boolean needsGradients() {
    return false;
  }

  /**
   * The importance of each element; the least important units go.
   *
   * @return as many finite numbers as the weight has
   */
  float[] score(Weight weight);

  /**
   * A parameter of the model.
   *
   * @param name as the checkpoint has it
   * @param shape (out, in) of matrices
   * @param values row by row; may be overwritten
   * @param gradients of the mean loss of the calibration samples, in nats to a weight's unit; empty
   *     where none are needed. May be overwritten
   */
  record Weight(String name, long[] shape, float[] values, float[] gradients) {}
}
