package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A model of a trial: the base if there is no recipe, otherwise the pruned one, with its adapter if
 * there is one, or a model of the pruned shape trained from random weights.
 *
 * @param step of the adapter's training after which it is used; its end where absent, and then no
 *     part of the key
 */
public record Subject(
    Optional<StageKey> recipe,
    Optional<StageKey> adapter,
    Optional<StageKey> trained,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> step) {
  public static Subject base() {
    return of(Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static Subject of(
      Optional<StageKey> recipe, Optional<StageKey> adapter, Optional<StageKey> trained) {
    return new Subject(recipe, adapter, trained, Optional.empty());
  }

  public static Subject pruned(StageKey recipe) {
    return of(Optional.of(recipe), Optional.empty(), Optional.empty());
  }

  public static Subject recovered(StageKey recipe, StageKey adapter) {
    return of(Optional.of(recipe), Optional.of(adapter), Optional.empty());
  }

  public static Subject trained(StageKey recipe, StageKey trained) {
    return of(Optional.of(recipe), Optional.empty(), Optional.of(trained));
  }

  Subject under(UnaryOperator<StageKey> keys) {
    return new Subject(recipe.map(keys), adapter.map(keys), trained.map(keys), step);
  }

  /** The same with the adapter as it was after a step of its training. */
  public Subject after(int steps) {
    return new Subject(recipe, adapter, trained, Optional.of(steps));
  }
}
