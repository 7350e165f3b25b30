package dev.secateur.coordinator.http;

import dev.secateur.protocol.SweepSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Selects the sweeps that meet all of its conditions. */
record SweepFilter(List<Predicate<SweepSummary>> conditions) {
  static final List<String> PARAMETERS = List.of("label", "owner", "search");

  /**
   * As a query has it: labels {@code NAME}, whatever their values, or {@code NAME=VALUE}; an owner;
   * and a text that occurs, in upper or lower case, in the id, name, owner, a label or the notes.
   */
  static SweepFilter of(Map<String, List<String>> query) {
    List<Predicate<SweepSummary>> conditions = new ArrayList<>();
    query
        .getOrDefault("label", List.of())
        .forEach(label -> conditions.add(sweep -> has(sweep, label)));
    one(query, "owner").ifPresent(owner -> conditions.add(sweep -> sweep.owner().equals(owner)));
    one(query, "search").ifPresent(text -> conditions.add(sweep -> says(sweep, text)));
    return new SweepFilter(List.copyOf(conditions));
  }

  private static Optional<String> one(Map<String, List<String>> query, String name) {
    return query.getOrDefault(name, List.of()).stream().findFirst();
  }

  List<SweepSummary> of(List<SweepSummary> sweeps) {
    return sweeps.stream().filter(this::means).toList();
  }

  private boolean means(SweepSummary sweep) {
    return conditions.stream().allMatch(condition -> condition.test(sweep));
  }

  private static boolean has(SweepSummary sweep, String label) {
    int equals = label.indexOf('=');
    return equals < 0
        ? sweep.labels().containsKey(label)
        : label.substring(equals + 1).equals(sweep.labels().get(label.substring(0, equals)));
  }

  private static boolean says(SweepSummary sweep, String text) {
    Stream<String> labels =
        sweep.labels().entrySet().stream().map(one -> one.getKey() + "=" + one.getValue());
    return Stream.concat(
            Stream.of(sweep.sweep().value(), sweep.name(), sweep.owner(), sweep.notes()), labels)
        .anyMatch(one -> one.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT)));
  }
}
