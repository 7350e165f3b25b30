package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Selects the units to remove, step by step. Counts and budgets refer to the base model, so that
 * several steps end at the same counts as one.
 */
public final class Selection {
  private final List<CoupledStructure> structures;
  private final List<Lot> lots;
  private final Eligible.Layers layers;
  private final Budget budget;
  private final UnitCosts costs;
  private final Map<String, TreeSet<Integer>> removed = new HashMap<>();

  /**
   * @param structures of the base that may be pruned
   * @throws InputException when uniform widths are asked for and the base's differ
   */
  public Selection(
      Decoder base,
      List<CoupledStructure> structures,
      Strategy strategy,
      Eligible.Layers layers,
      Budget budget) {
    this.structures = structures;
    this.lots = budget.uniform() ? Lot.ofKinds(structures) : Lot.each(structures);
    this.layers = layers;
    this.budget = budget;
    boolean counted = budget.scope() == Scope.LOCAL && budget.target() == Target.GROUP_RATIO;
    Target of = budget.target() == Target.MACS ? Target.MACS : Target.PARAMETERS;
    this.costs = counted ? UnitCosts.none() : UnitCosts.of(base, structures, strategy, of);
    structures.forEach(structure -> removed.put(structure.name(), new TreeSet<>()));
  }

  /** What went so far; every structure is listed. */
  public List<Recipe.Group> groups() {
    return structures.stream()
        .map(
            structure ->
                new Recipe.Group(
                    structure.name(),
                    structure.units(),
                    List.copyOf(removed.get(structure.name()))))
        .toList();
  }

  /**
   * Removes what is due after a step.
   *
   * @param step counted from one
   * @param scores by structure, one of each unit that is left; comparable across structures when
   *     the scope is global
   * @throws InputException when the structures do not hold what is to go
   */
  public void remove(int step, Map<String, double[]> scores) {
    if (budget.scope() == Scope.GLOBAL) {
      removeGlobally(step, scores);
    } else {
      int[] counts =
          budget.target() == Target.GROUP_RATIO ? sharedCounts(step) : budgetedCounts(step);
      for (int lot = 0; lot < counts.length; lot++) {
        for (CoupledStructure structure : lots.get(lot).structures()) {
          int missing = counts[lot] - removed.get(structure.name()).size();
          removeLeast(structure, missing, scores);
        }
      }
    }
  }

  private void removeLeast(CoupledStructure structure, int count, Map<String, double[]> scores) {
    if (count <= 0) {
      return;
    }
    List<Integer> left = left(structure);
    Ranking.ascending(scores.get(structure.name())).stream()
        .map(left::get)
        .filter(unit -> Eligible.mayGo(structure, unit, layers))
        .limit(count)
        .forEach(removed.get(structure.name())::add);
  }

  /** The units that are left, ascending. */
  private List<Integer> left(CoupledStructure structure) {
    TreeSet<Integer> gone = removed.get(structure.name());
    return IntStream.range(0, structure.units()).filter(u -> !gone.contains(u)).boxed().toList();
  }

  /** How many units of each structure go, by lot, when all lose the same share. */
  private int[] sharedCounts(int step) {
    int[] counts = new int[lots.size()];
    for (int lot = 0; lot < counts.length; lot++) {
      CoupledStructure structure = lots.get(lot).first();
      int asked = Ranking.unitsToRemove(structure, budget.due(step));
      if (structure.kind() == Kind.EXPERTS && asked > structure.units() - structure.least()) {
        throw new InputException(
            ("a ratio of %s removes %d of the %d experts of '%s', but a token needs %d; lower"
                    + " the ratio")
                .formatted(
                    budget.ratio().toPlainString(),
                    asked,
                    structure.units(),
                    structure.name(),
                    structure.least()));
      }
      counts[lot] = Math.min(asked, most(structure, false));
    }
    return counts;
  }

  /**
   * How many units of each structure go, by lot, so that together they save a share of the whole
   * model: the same share of each, rounded down, and then one by one those whose rounding took
   * most.
   */
  private int[] budgetedCounts(int step) {
    long due = due(step);
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (saved(counts(middle)) <= due) {
        low = middle;
      } else {
        high = middle;
      }
    }
    int[] counts = counts(low);
    double share = low;
    List<Integer> byRemainder =
        IntStream.range(0, counts.length)
            .boxed()
            .sorted(
                Comparator.comparingDouble(
                    lot -> counts[lot] - share * lots.get(lot).first().units()))
            .toList();
    long saved = saved(counts);
    boolean again = true;
    while (again) {
      again = false;
      for (int lot : byRemainder) {
        boolean fits = saved + cost(lot) <= due && counts[lot] < most(lots.get(lot).first(), false);
        if (fits) {
          counts[lot]++;
          saved += cost(lot);
          again = true;
        }
      }
    }
    checkReached(saved, due);
    return counts;
  }

  private int[] counts(double share) {
    return lots.stream()
        .map(Lot::first)
        .mapToInt(s -> Math.min((int) (share * s.units()), most(s, false)))
        .toArray();
  }

  private long saved(int[] counts) {
    return IntStream.range(0, counts.length).mapToLong(lot -> counts[lot] * cost(lot)).sum();
  }

  /** What one unit of each structure of a lot saves. */
  private long cost(int lot) {
    return lots.get(lot).cost(costs);
  }

  /** What is to be saved after a step. */
  private long due(int step) {
    long of = costs.whole();
    if (budget.target() == Target.GROUP_RATIO) {
      of = structures.stream().mapToLong(s -> s.units() * costs.of(s)).sum();
    }
    return budget
        .due(step)
        .multiply(BigDecimal.valueOf(of))
        .setScale(0, RoundingMode.HALF_EVEN)
        .longValueExact();
  }

  private record Unit(CoupledStructure structure, int unit, double score) {}

  private void removeGlobally(int step, Map<String, double[]> scores) {
    List<Unit> units = new ArrayList<>();
    for (CoupledStructure structure : structures) {
      List<Integer> left = left(structure);
      if (left.size() < 2) {
        continue; // the last unit stays, and was not scored
      }
      double[] own = scores.get(structure.name());
      double[] comparable = budget.losses() ? toSaved(own, costs.of(structure)) : comparable(own);
      for (int place = 0; place < left.size(); place++) {
        if (Eligible.mayGo(structure, left.get(place), layers)) {
          units.add(new Unit(structure, left.get(place), comparable[place]));
        }
      }
    }
    units.sort(Comparator.comparingDouble(Unit::score));
    long due = due(step);
    long saved =
        structures.stream().mapToLong(s -> removed.get(s.name()).size() * costs.of(s)).sum();
    for (Unit unit : units) {
      TreeSet<Integer> gone = removed.get(unit.structure().name());
      long cost = costs.of(unit.structure());
      if (saved + cost <= due && gone.size() < most(unit.structure(), true)) {
        gone.add(unit.unit());
        saved += cost;
      }
    }
    checkReached(saved, due);
  }

  /** Losses to what a unit saves. */
  private static double[] toSaved(double[] losses, long cost) {
    return java.util.Arrays.stream(losses).map(loss -> loss / Math.max(1, cost)).toArray();
  }

  /**
   * Scores to a removed parameter, divided by their mean in the structure, from which what a unit
   * costs cancels out: structures of other kind and depth become comparable.
   */
  private static double[] comparable(double[] scores) {
    double mean = 0;
    for (double score : scores) {
      mean += score / scores.length;
    }
    double[] comparable = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      comparable[i] = mean == 0 ? 0 : scores[i] / mean;
    }
    return comparable;
  }

  /** The most units of a structure that may go; when they compete, some of any structure stay. */
  private int most(CoupledStructure structure, boolean competing) {
    int candidates =
        (int)
            IntStream.range(0, structure.units())
                .filter(unit -> Eligible.mayGo(structure, unit, layers))
                .count();
    return Math.min(
        candidates, structure.units() - (competing ? floor(structure) : structure.least()));
  }

  /**
   * A sixteenth of a structure, or half of a fair share where that is less, but as many units as
   * must stay.
   */
  private int floor(CoupledStructure structure) {
    double fair = structure.units() * (1 - budget.ratio().doubleValue());
    return Math.max(structure.least(), (int) Math.min(structure.units() / 16.0, fair / 2));
  }

  private void checkReached(long saved, long due) {
    long smallest =
        lots.stream().mapToLong(lot -> lot.cost(costs)).filter(c -> c > 0).min().orElse(0);
    if (due - saved >= 2 * smallest && due - saved > costs.whole() / 500) {
      throw new InputException(
          String.format(
              Locale.ROOT,
              "a ratio of %s needs to remove %,d %s, but at most %,d can be removed from the layers"
                  + " that may be pruned; allow more layers or lower the ratio",
              budget.ratio().toPlainString(),
              due,
              budget.target() == Target.MACS ? "multiply-accumulates" : "parameters",
              saved));
    }
  }
}
