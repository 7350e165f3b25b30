package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Which model of a trial: the base where there is no recipe, else the pruned one, with its adapter
 * where there is one, or one trained from random weights in its shape.
 *
 * @param step of the adapter's training after which it is taken; its end where absent, which is no
 *     part of the key then
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
