package dev.secateur.pruning;

import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;

/**
 * How much is to be removed.
 *
 * @param ratio in (0, 1)
 * @param steps in how many steps of equal size; scores are estimated again before each
 * @param uniform whether all structures of a kind lose the same number of units
 * @param losses whether scores are losses, which are divided by what a unit saves, without other
 *     normalisation
 */
public record Budget(
    Scope scope, Target target, BigDecimal ratio, int steps, boolean uniform, boolean losses) {
  /** Of structures each of which may lose its own units, by scores that compare within one only. */
  public Budget(Scope scope, Target target, BigDecimal ratio, int steps) {
    this(scope, target, ratio, steps, false, false);
  }

  /** The same share of every structure, in one step. */
  public static Budget local(BigDecimal ratio) {
    return new Budget(Scope.LOCAL, Target.GROUP_RATIO, ratio, 1);
  }

  /** The ratio that is due after a step, counted from one. */
  BigDecimal due(int step) {
    return ratio
        .multiply(BigDecimal.valueOf(step))
        .divide(BigDecimal.valueOf(steps), java.math.MathContext.DECIMAL128);
  }
}
