package dev.secateur.discovery;

import java.util.ArrayList;
import java.util.List;

/**
 * A dimension of the symbolic forward pass.
 *
 * @param factors whose product it is, outermost first, as {@link Factors} numbers them
 */
record SymbolicAxis(List<Integer> factors) {
  SymbolicAxis {
    factors = List.copyOf(factors);
  }

  /** Of one factor. */
  static SymbolicAxis of(int factor) {
    return new SymbolicAxis(List.of(factor));
  }

  /** One axis of this and one within it. */
  SymbolicAxis times(SymbolicAxis inner) {
    List<Integer> all = new ArrayList<>(factors);
    all.addAll(inner.factors());
    return new SymbolicAxis(all);
  }
}
