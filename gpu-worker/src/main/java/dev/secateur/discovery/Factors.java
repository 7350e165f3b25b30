package dev.secateur.discovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Union-find over the factors of axes. An axis is a product of factors, outermost first; a factor
 * can be refined into a product of smaller ones, or taken apart into axes that stand one after the
 * other, which all axes that hold it see; and two factors of equal size can be united.
 */
final class Factors {
  private final List<Factor> factors = new ArrayList<>();

  /** A factor; what stands in one that was united with another counts no more. */
  private static final class Factor {
    private final int size;
    private int parent;
    private SymbolicAxis refined;
    private List<SymbolicAxis> pieces = List.of();
    private Role role = Role.CHANNELS;

    private Factor(int number, int size) {
      this.parent = number;
      this.size = size;
    }
  }

  /** What an operation says of a factor; a factor with a role is not a plain row of channels. */
  enum Role {
    CHANNELS,
    RESIDUAL,
    HEADS,
    /** The experts of a mixture. */
    EXPERTS,
    /**
     * Entries whose position has a meaning of its own, or that must stay equally many in every
     * head.
     */
    FIXED
  }

  /** An axis as a product of two. */
  record Cut(SymbolicAxis outer, SymbolicAxis inner) {
    SymbolicValue value() {
      return SymbolicValue.of(outer, inner);
    }
  }

  int fresh(int size) {
    factors.add(new Factor(factors.size(), size));
    return factors.size() - 1;
  }

  /** An axis of this many entries that nothing else holds. */
  SymbolicAxis freshAxis(int size) {
    return SymbolicAxis.of(fresh(size));
  }

  int find(int factor) {
    int root = factor;
    while (factors.get(root).parent != root) {
      root = factors.get(root).parent;
    }
    factors.get(factor).parent = root;
    return root;
  }

  private Factor root(int factor) {
    return factors.get(find(factor));
  }

  int size(int factor) {
    return root(factor).size;
  }

  int size(SymbolicAxis axis) {
    return size(axis.factors());
  }

  private int size(List<Integer> product) {
    return product.stream().mapToInt(this::size).reduce(1, Math::multiplyExact);
  }

  Role role(int factor) {
    return root(factor).role;
  }

  /** Whether none of its entries can go, or none of those of the axes it was taken apart into. */
  boolean isFixed(int factor) {
    List<SymbolicAxis> axes = pieces(factor);
    return role(factor) == Role.FIXED
        || !axes.isEmpty()
            && axes.stream().allMatch(axis -> leaves(axis).stream().allMatch(this::isFixed));
  }

  /** Gives an axis' factors a role; once given it stays. */
  void mark(SymbolicAxis axis, Role role) {
    for (int factor : leaves(axis)) {
      if (role(factor) == Role.CHANNELS) {
        root(factor).role = role;
      }
      pieces(factor).forEach(piece -> mark(piece, role));
    }
  }

  /** The factors as they are refined by now, outermost first, factors of size one left out. */
  List<Integer> leaves(SymbolicAxis axis) {
    List<Integer> leaves = new ArrayList<>();
    addLeaves(axis, leaves);
    return leaves;
  }

  private void addLeaves(SymbolicAxis axis, List<Integer> leaves) {
    for (int factor : axis.factors()) {
      Factor root = root(factor);
      if (root.refined != null) {
        addLeaves(root.refined, leaves);
      } else if (root.size > 1) {
        leaves.add(find(factor));
      }
    }
  }

  /** The outer and the inner part of an axis, cut where the inner part has the size given. */
  Cut cut(SymbolicAxis axis, int innerSize) {
    List<Integer> outer = leaves(axis);
    List<Integer> inner = new ArrayList<>();
    int remaining = innerSize;
    while (remaining > 1) {
      int last = outer.remove(outer.size() - 1);
      int size = size(last);
      if (remaining % size == 0) {
        inner.add(0, last);
        remaining /= size;
      } else {
        refine(last, remaining);
        outer.addAll(leaves(SymbolicAxis.of(last)));
        outer.remove(outer.size() - 1);
        inner.add(0, root(last).refined.factors().get(1));
        remaining = 1;
      }
    }
    return new Cut(new SymbolicAxis(outer), new SymbolicAxis(inner));
  }

  /** The axes that a factor was taken apart into; empty where it was not. */
  List<SymbolicAxis> pieces(int factor) {
    return root(factor).pieces;
  }

  /** Takes an axis apart into axes that stand one after the other. */
  List<SymbolicAxis> split(SymbolicAxis axis, int... proportions) {
    List<Integer> leaves = leaves(axis);
    if (leaves.size() != 1) {
      throw new IllegalArgumentException("an axis of several factors can't be taken apart");
    }
    int factor = leaves.get(0);
    if (pieces(factor).isEmpty()) {
      int total = Arrays.stream(proportions).sum();
      if (size(factor) % total != 0) {
        throw new IllegalArgumentException(
            "an axis of " + size(factor) + " entries can't be cut into " + total + " equal parts");
      }
      List<SymbolicAxis> made = new ArrayList<>();
      for (int proportion : proportions) {
        made.add(freshAxis(size(factor) / total * proportion));
      }
      root(factor).pieces = List.copyOf(made);
      if (role(factor) != Role.CHANNELS) {
        made.forEach(piece -> mark(piece, role(factor)));
      }
    }
    return pieces(factor);
  }

  /** One axis of axes that stand one after the other. */
  SymbolicAxis concatenate(List<SymbolicAxis> axes) {
    int whole = fresh(axes.stream().mapToInt(this::size).sum());
    root(whole).pieces = List.copyOf(axes);
    return SymbolicAxis.of(whole);
  }

  /** Says that two axes are of the same length and their entries belong together. */
  void unite(SymbolicAxis a, SymbolicAxis b) {
    List<Integer> left = leaves(a);
    List<Integer> right = leaves(b);
    if (size(left) != size(right)) {
      throw new IllegalArgumentException(
          "axes of " + size(left) + " and " + size(right) + " entries can't be coupled");
    }
    while (!left.isEmpty()) {
      int x = left.get(left.size() - 1);
      int y = right.get(right.size() - 1);
      if (size(x) == size(y)) {
        union(x, y);
      } else if (size(x) > size(y)) {
        refine(x, size(y));
      } else {
        refine(y, size(x));
      }
      if (find(x) == find(y)) {
        left.remove(left.size() - 1);
        right.remove(right.size() - 1);
      } else {
        left = leaves(new SymbolicAxis(left));
        right = leaves(new SymbolicAxis(right));
      }
    }
  }

  private void refine(int factor, int inner) {
    Factor root = root(factor);
    if (root.size % inner != 0 || !root.pieces.isEmpty()) {
      throw new IllegalArgumentException(
          "an axis of " + root.size + " entries can't be split into parts of " + inner);
    }
    SymbolicAxis refined = freshAxis(root.size / inner).times(freshAxis(inner));
    refined.factors().forEach(part -> factors.get(part).role = root.role);
    root.refined = refined;
  }

  private void union(int a, int b) {
    int x = find(a);
    int y = find(b);
    if (x == y) {
      return;
    }
    Factor root = factors.get(x);
    Factor other = factors.get(y);
    other.parent = x;
    if (root.role == Role.CHANNELS) {
      root.role = other.role;
    } else if (other.role == Role.FIXED) {
      root.role = Role.FIXED;
    }
    unitePieces(root, other);
  }

  private void unitePieces(Factor root, Factor other) {
    List<SymbolicAxis> left = root.pieces;
    List<SymbolicAxis> right = other.pieces;
    if (left.isEmpty()) {
      root.pieces = right;
    } else if (!right.isEmpty()) {
      for (int i = 0; i < left.size(); i++) {
        unite(left.get(i), right.get(i));
      }
    }
  }
}
