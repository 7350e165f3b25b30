package dev.secateur.protocol;

import java.util.ArrayList;
import java.util.List;

/**
 * A bound as plans have it.
 *
 * @param perplexity null where any will do
 * @param top null where there may be any number
 */
record WrittenBound(Double perplexity, Integer top) {
  /** Null of no conditions. */
  static WrittenBound of(RecoveryBound bound) {
    Double perplexity = null;
    Integer top = null;
    for (RecoveryBound.Condition condition : bound.conditions()) {
      if (condition instanceof RecoveryBound.Perplexity limit) {
        perplexity = limit.highest();
      } else if (condition instanceof RecoveryBound.Best best) {
        top = best.top();
      }
    }
    return bound.equals(RecoveryBound.NONE) ? null : new WrittenBound(perplexity, top);
  }

  RecoveryBound bound() {
    List<RecoveryBound.Condition> conditions = new ArrayList<>();
    if (perplexity != null) {
      conditions.add(new RecoveryBound.Perplexity(perplexity));
    }
    if (top != null) {
      conditions.add(new RecoveryBound.Best(top));
    }
    return new RecoveryBound(conditions);
  }
}
