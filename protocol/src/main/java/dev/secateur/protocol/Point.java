package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * What a trial prunes, and how.
 *
 * @param attention the blocks whose heads may be removed; for the layer strategy, the blocks that
 *     may be removed
 * @param mlp the blocks whose MLP channels may be removed
 * @param ratio the share of {@code target} that is removed
 * @param steps number of steps, with scores estimated again before each
 * @param uniform whether all blocks lose the same number of units of a kind, so that their widths
 *     stay equal; part of the key only if it is true
 * @param climbing how many moves of units between structures are measured after profiles have
 *     distributed the budget; part of the key only if there are any
 */
public record Point(
    Strategy strategy,
    LayerSpan attention,
    LayerSpan mlp,
    BigDecimal ratio,
    Criterion criterion,
    Aggregation aggregation,
    Scope scope,
    Target target,
    int steps,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean uniform,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int climbing) {
  /** One whose blocks may come to differ. */
  public Point(
      Strategy strategy,
      LayerSpan attention,
      LayerSpan mlp,
      BigDecimal ratio,
      Criterion criterion,
      Aggregation aggregation,
      Scope scope,
      Target target,
      int steps) {
    this(strategy, attention, mlp, ratio, criterion, aggregation, scope, target, steps, false, 0);
  }

  /** Whether nothing goes: the dense model. */
  public boolean removesNothing() {
    return ratio.signum() == 0;
  }

  /** The same with another ratio. */
  public Point at(BigDecimal otherRatio) {
    return new Point(
        strategy,
        attention,
        mlp,
        otherRatio,
        criterion,
        aggregation,
        scope,
        target,
        steps,
        uniform,
        climbing);
  }

  /** The same with this many moves that are measured. */
  public Point climbing(int moves) {
    return new Point(
        strategy,
        attention,
        mlp,
        ratio,
        criterion,
        aggregation,
        scope,
        target,
        steps,
        uniform,
        moves);
  }

  /** The same with equal widths, where its strategy can make blocks differ. */
  public Point uniformly() {
    return new Point(
        strategy,
        attention,
        mlp,
        ratio,
        criterion,
        aggregation,
        scope,
        target,
        steps,
        strategy.narrowsBlocks(),
        climbing);
  }

  /** Whether a number can be a ratio of something that goes. */
  public static boolean isRatio(BigDecimal number) {
    return number.signum() > 0 && number.compareTo(BigDecimal.ONE) < 0;
  }

  /** Why it makes no sense, if it does not. */
  public Optional<String> exclusion() {
    if (!criterion.suits(strategy)) {
      return Optional.of(
          "criterion " + criterion.label() + " scores no units of strategy " + strategy.label());
    }
    if (criterion.family() == Criterion.Family.GIVEN && steps > 1) {
      return Optional.of("scores from a file are for the whole model, so they prune in one step");
    }
    if (strategy == Strategy.IGNORE_DEPENDENCIES && (steps > 1 || target == Target.MACS)) {
      return Optional.of(
          "strategy ignore-dependencies only masks weights, in one step, and saves no macs");
    }
    if (target.isOfMeasuredScope() && scope != Scope.MEASURED) {
      return Optional.of(
          "target " + target.label() + " needs scope measured, not scope " + scope.label());
    }
    if (uniform && scope != Scope.LOCAL) {
      return Optional.of(
          "uniform widths need scope local: under scope "
              + scope.label()
              + " a block loses what its scores say; choose scope local or remove uniform");
    }
    if (climbing > 0 && scope != Scope.MEASURED) {
      return Optional.of(
          "climbing moves units between structures only under scope measured, not under scope "
              + scope.label());
    }
    if (climbing > 0 && target == Target.LATENCY) {
      return Optional.of(
          "climbing swaps units that save the same, but under target latency the saving of a"
              + " unit depends on how many are left; choose another target or climbing 0");
    }
    if (scope == Scope.MEASURED && strategy != Strategy.BLOCK) {
      return Optional.of(
          "scope measured profiles heads and channels of strategy block, not units of strategy "
              + strategy.label());
    }
    if (scope == Scope.MEASURED && steps > 1) {
      return Optional.of("scope measured profiles the whole model, and prunes in one step");
    }
    return Optional.empty();
  }
}
