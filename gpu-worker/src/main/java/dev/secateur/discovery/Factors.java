package dev.secateur.discovery;

import java.util.ArrayList;
import java.util.List;

/**
 * Union-find over the factors of axes. An axis is a product of factors, outermost first; a factor
 * can be refined into a product of smaller ones, or taken apart into axes that stand one after the
 * other, which all axes that hold it see; and two factors of equal size can be united.
 */
final class Factors {
  private final List<Integer> parents = new ArrayList<>();
  private final List<Integer> sizes = new ArrayList<>();
  private final List<int[]> parts = new ArrayList<>();
  private final List<List<List<Integer>>> pieces = new ArrayList<>();
  private final List<Role> roles = new ArrayList<>();

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

  int fresh(int size) {
    parents.add(parents.size());
    sizes.add(size);
    parts.add(null);
    pieces.add(List.of());
    roles.add(Role.CHANNELS);
    return parents.size() - 1;
  }

  int find(int factor) {
    int root = factor;
    while (parents.get(root) != root) {
      root = parents.get(root);
    }
    parents.set(factor, root);
    return root;
  }

  int size(int factor) {
    return sizes.get(find(factor));
  }

  int size(List<Integer> factors) {
    return factors.stream().mapToInt(this::size).reduce(1, Math::multiplyExact);
  }

  Role role(int factor) {
    return roles.get(find(factor));
  }

  /** Whether none of its entries can go, or none of those of the axes it was taken apart into. */
  boolean isFixed(int factor) {
    List<List<Integer>> axes = pieces(factor);
    return role(factor) == Role.FIXED
        || !axes.isEmpty()
            && axes.stream().allMatch(axis -> leaves(axis).stream().allMatch(this::isFixed));
  }

  /** Gives the factors a role; once given it stays. */
  void mark(List<Integer> factors, Role role) {
    for (int factor : leaves(factors)) {
      if (role(factor) == Role.CHANNELS) {
        roles.set(find(factor), role);
      }
      pieces(factor).forEach(piece -> mark(piece, role));
    }
  }

  /** The factors as they are refined by now, outermost first, factors of size one left out. */
  List<Integer> leaves(List<Integer> factors) {
    List<Integer> leaves = new ArrayList<>();
    factors.forEach(factor -> addLeaves(find(factor), leaves));
    return leaves;
  }

  private void addLeaves(int factor, List<Integer> leaves) {
    int[] refined = parts.get(factor);
    if (refined != null) {
      for (int part : refined) {
        addLeaves(find(part), leaves);
      }
    } else if (sizes.get(factor) > 1) {
      leaves.add(factor);
    }
  }

  /** The outer and the inner part of an axis, cut where the inner part has the size given. */
  List<List<Integer>> cut(List<Integer> axis, int innerSize) {
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
        outer.addAll(leaves(List.of(refine(last, remaining))));
        outer.remove(outer.size() - 1);
        inner.add(0, parts.get(find(last))[1]);
        remaining = 1;
      }
    }
    return List.of(outer, inner);
  }

  /** The axes that a factor was taken apart into; empty where it was not. */
  List<List<Integer>> pieces(int factor) {
    return pieces.get(find(factor));
  }

  /** Takes an axis apart into axes that stand one after the other. */
  List<List<Integer>> split(List<Integer> axis, int... proportions) {
    List<Integer> leaves = leaves(axis);
    if (leaves.size() != 1) {
      throw new IllegalArgumentException("an axis of several factors can't be taken apart");
    }
    int factor = leaves.get(0);
    if (pieces(factor).isEmpty()) {
      int total = java.util.Arrays.stream(proportions).sum();
      if (size(factor) % total != 0) {
        throw new IllegalArgumentException(
            "an axis of " + size(factor) + " entries can't be cut into " + total + " equal parts");
      }
      List<List<Integer>> made = new ArrayList<>();
      for (int proportion : proportions) {
        made.add(List.of(fresh(size(factor) / total * proportion)));
      }
      pieces.set(find(factor), List.copyOf(made));
      if (role(factor) != Role.CHANNELS) {
        made.forEach(piece -> mark(piece, role(factor)));
      }
    }
    return pieces(factor);
  }

  /** One axis of axes that stand one after the other. */
  List<Integer> concatenate(List<List<Integer>> axes) {
    int whole = fresh(axes.stream().mapToInt(this::size).sum());
    pieces.set(whole, List.copyOf(axes));
    return List.of(whole);
  }

  /** Says that two axes are of the same length and their entries belong together. */
  void unite(List<Integer> a, List<Integer> b) {
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
        left = leaves(left);
        right = leaves(right);
      }
    }
  }

  private int refine(int factor, int inner) {
    int root = find(factor);
    int size = sizes.get(root);
    if (size % inner != 0 || !pieces.get(root).isEmpty()) {
      throw new IllegalArgumentException(
          "an axis of " + size + " entries can't be split into parts of " + inner);
    }
    int[] refined = {fresh(size / inner), fresh(inner)};
    for (int part : refined) {
      roles.set(part, roles.get(root));
    }
    parts.set(root, refined);
    return root;
  }

  private void union(int a, int b) {
    int x = find(a);
    int y = find(b);
    if (x == y) {
      return;
    }
    parents.set(y, x);
    if (roles.get(x) == Role.CHANNELS) {
      roles.set(x, roles.get(y));
    } else if (roles.get(y) == Role.FIXED) {
      roles.set(x, Role.FIXED);
    }
    unitePieces(x, y);
  }

  private void unitePieces(int root, int other) {
    List<List<Integer>> left = pieces.get(root);
    List<List<Integer>> right = pieces.get(other);
    if (left.isEmpty()) {
      pieces.set(root, right);
    } else if (!right.isEmpty()) {
      for (int i = 0; i < left.size(); i++) {
        unite(left.get(i), right.get(i));
      }
    }
  }
}
