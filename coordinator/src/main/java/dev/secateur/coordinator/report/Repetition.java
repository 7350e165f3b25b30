package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.secateur.coordinator.report.table.Cell;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Trials that differ only in their seeds, with their combined results.
 *
 * @param trials their indices
 * @param seeds in the order of the trials
 * @param metrics as a trial has them, each with its mean
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Repetition(
    List<Integer> trials, List<String> seeds, Map<String, SortedMap<String, Spread>> metrics) {

  /** How numbers are distributed. */
  public sealed interface Spread {
    double mean();

    /** How many numbers. */
    int n();

    /** Of one number. */
    record Alone(double mean, int n) implements Spread {}

    /**
     * Of several.
     *
     * @param deviation the standard deviation of a sample
     */
    record Sample(double mean, double deviation, int n) implements Spread {}

    /** Of numbers, of which there is at least one. */
    static Spread of(Collection<Double> numbers) {
      double mean = numbers.stream().mapToDouble(x -> x).average().orElseThrow();
      double squares = numbers.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
      int n = numbers.size();
      return n < 2 ? new Alone(mean, n) : new Sample(mean, Math.sqrt(squares / (n - 1)), n);
    }
  }

  /** What repetitions have in common. */
  public static Object key(TrialResult trial) {
    Map<String, Object> settings = new LinkedHashMap<>(trial.settings());
    settings.remove(TrialSettings.SEED);
    return List.of(trial.model(), trial.point(), settings);
  }

  /** The trials by what they have in common, in their order. */
  static List<List<TrialResult>> groups(List<TrialResult> trials) {
    Map<Object, List<TrialResult>> groups = new LinkedHashMap<>();
    trials.forEach(t -> groups.computeIfAbsent(key(t), key -> new ArrayList<>()).add(t));
    return List.copyOf(groups.values());
  }

  /** Whether any of several trials is repeated with another seed. */
  static boolean isRepeated(List<TrialResult> trials) {
    return groups(trials).stream().anyMatch(group -> group.size() > 1);
  }

  /** Those of more than one trial. */
  static List<Repetition> of(List<TrialResult> trials) {
    return groups(trials).stream()
        .filter(group -> group.size() > 1)
        .map(
            group ->
                new Repetition(
                    group.stream().map(TrialResult::trial).toList(),
                    group.stream().map(t -> TrialSettings.text(t, TrialSettings.SEED)).toList(),
                    spreads(group)))
        .toList();
  }

  private static Map<String, SortedMap<String, Spread>> spreads(List<TrialResult> group) {
    Map<String, SortedMap<String, Spread>> spreads = new LinkedHashMap<>();
    Set<String> roles = new LinkedHashSet<>();
    group.forEach(trial -> roles.addAll(trial.metrics().keySet()));
    for (String role : roles) {
      Set<String> names = new TreeSet<>();
      group.forEach(trial -> names.addAll(trial.metrics().getOrDefault(role, Map.of()).keySet()));
      for (String name : names) {
        List<Double> numbers =
            group.stream()
                .flatMap(trial -> trial.metric(role, name).stream())
                .filter(Double::isFinite)
                .toList();
        if (!numbers.isEmpty()) {
          spreads.computeIfAbsent(role, any -> new TreeMap<>()).put(name, Spread.of(numbers));
        }
      }
    }
    return spreads;
  }

  /**
   * The cells of one column as one: what all have in common, or the mean of numbers with their
   * deviation, and how many they are where some have none.
   */
  public static Cell together(List<Cell> cells) {
    List<Cell> known = cells.stream().filter(cell -> !cell.text().isEmpty()).toList();
    if (known.stream().map(Cell::text).distinct().count() <= 1) {
      return known.isEmpty() ? Cell.none() : known.get(0);
    }
    List<Double> numbers =
        known.stream()
            .flatMap(cell -> cell.number().stream())
            .map(Number::doubleValue)
            .filter(Double::isFinite)
            .toList();
    if (numbers.size() < known.size()) {
      return Cell.of(known.stream().map(Cell::text).distinct().collect(Collectors.joining(", ")));
    }
    boolean whole = known.stream().allMatch(cell -> cell.text().matches("-?\\d+"));
    return cell(Spread.of(numbers), cells.size(), whole);
  }

  private static Cell cell(Spread spread, int of, boolean whole) {
    Function<Double, String> text =
        value -> whole ? Long.toString(Math.round(value)) : Cell.decimals(value);
    Cell.Figure cell = Cell.of(text.apply(spread.mean()), spread.mean());
    String n = spread.n() < of ? " (n = " + spread.n() + ")" : "";
    return spread instanceof Spread.Sample sample
        ? cell.within(text.apply(sample.deviation()) + n, sample.deviation())
        : cell;
  }

  /**
   * The mean of differences to numbers of the same seeds, with their deviation.
   *
   * @param own cells by seed
   * @param reference cells by seed
   */
  public static Cell difference(Map<String, Cell> own, Map<String, Cell> reference) {
    List<Double> differences = new ArrayList<>();
    own.forEach(
        (seed, cell) -> {
          Cell other =
              reference.size() == 1
                  ? reference.values().iterator().next() // which draws nothing, or once
                  : reference.getOrDefault(seed, Cell.none());
          if (cell.number().isPresent() && other.number().isPresent()) {
            differences.add(cell.number().get().doubleValue() - other.number().get().doubleValue());
          }
        });
    differences.removeIf(difference -> !Double.isFinite(difference));
    return differences.isEmpty() ? Cell.none() : cell(Spread.of(differences), own.size(), false);
  }

  /** As tables have the number of trials. */
  @JsonProperty("n")
  public int n() {
    return trials.size();
  }
}
