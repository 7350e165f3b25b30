package dev.secateur.climbing;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The moves that keep a budget: what is saved never falls below it, and exceeds it by less than the
 * cheapest unit saves, or by no more than it did at first. Where units of all structures save
 * multiples of the cheapest, as heads and channels often do, it never changes.
 *
 * <p>A move gives an MLP between 3 and 12 % of its channels, or one unit to attention, and removes
 * as much from another structure.
 */
final class Moves {
  private static final double LEAST = 0.03;
  private static final double MOST = 0.12;

  /** How often a move is drawn before it is taken that there is none. */
  private static final int DRAWS = 10_000;

  private final List<Structure> structures;
  private final Map<String, Structure> byName;
  private final long budget;
  private final long slack;

  /**
   * A structure whose units may go.
   *
   * @param channels whether it is an MLP, of which any number may go; else one unit goes at a time
   * @param most how many may go
   * @param saves what one saves
   */
  record Structure(String name, boolean channels, int units, int most, long saves) {}

  /**
   * @param structures in the order of discovery
   * @param start how many units of each go at first, which saves the budget at least
   */
  Moves(List<Structure> structures, long budget, Map<String, Integer> start) {
    this.structures = List.copyOf(structures);
    this.byName =
        structures.stream().collect(Collectors.toMap(Structure::name, Function.identity()));
    this.budget = budget;
    long cheapest = structures.stream().mapToLong(Structure::saves).min().orElse(1);
    this.slack = Math.max(saved(start) - budget, cheapest - 1);
  }

  /** What goes saves. */
  long saved(Map<String, Integer> counts) {
    return structures.stream().mapToLong(s -> s.saves() * count(counts, s)).sum();
  }

  private static int count(Map<String, Integer> counts, Structure structure) {
    return counts.getOrDefault(structure.name(), 0);
  }

  /** Whether there are this many units to move, and the budget is kept. */
  boolean allows(Map<String, Integer> counts, Move move) {
    Structure from = byName.get(move.from());
    Structure to = byName.get(move.to());
    long excess = saved(counts) - change(from, to, move) - budget;
    return move.back() > 0
        && move.more() > 0
        && move.back() <= count(counts, from)
        && move.more() <= to.most() - count(counts, to)
        && excess >= 0
        && excess <= slack;
  }

  private static long change(Structure from, Structure to, Move move) {
    return from.saves() * move.back() - to.saves() * move.more();
  }

  /** How many units go after a move; only structures that lose any are listed. */
  Map<String, Integer> after(Map<String, Integer> counts, Move move) {
    Map<String, Integer> after = new TreeMap<>(counts);
    after.merge(move.from(), -move.back(), Integer::sum);
    after.merge(move.to(), move.more(), Integer::sum);
    after.values().removeIf(count -> count == 0);
    return after;
  }

  /** A move that is allowed; nothing where none is found. */
  Optional<Move> draw(Map<String, Integer> counts, Random random) {
    if (structures.size() < 2) {
      return Optional.empty();
    }
    for (int i = 0; i < DRAWS; i++) {
      Structure from = structures.get(random.nextInt(structures.size()));
      Structure to = structures.get(random.nextInt(structures.size()));
      double share = LEAST + (MOST - LEAST) * random.nextDouble();
      Move move = balanced(counts, from, to, share);
      if (from != to && allows(counts, move)) {
        return Optional.of(move);
      }
    }
    return Optional.empty();
  }

  /** As many of the one as the other is worth, so that just the budget is saved. */
  private Move balanced(Map<String, Integer> counts, Structure from, Structure to, double share) {
    long excess = saved(counts) - budget;
    if (from.channels() && !to.channels()) {
      return new Move(from.name(), (int) ((to.saves() + excess) / from.saves()), to.name(), 1);
    }
    int back = from.channels() ? Math.max(1, (int) Math.round(share * from.units())) : 1;
    long due = back * from.saves() - excess;
    return new Move(
        from.name(), back, to.name(), (int) Math.max(0, (due + to.saves() - 1) / to.saves()));
  }
}
