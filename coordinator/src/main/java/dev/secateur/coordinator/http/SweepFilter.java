package dev.secateur.coordinator.http;

import dev.secateur.protocol.SweepSummary;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Selects the sweeps that meet all of its conditions.
 *
 * @param labels each {@code NAME}, whatever its value, or {@code NAME=VALUE}
 * @param owner of the sweeps
 * @param search text that occurs, in upper or lower case, in the id, name, owner, a label or the
 *     notes; empty where any will do
 */
record SweepFilter(List<String> labels, Optional<String> owner, String search) {
  static final List<String> PARAMETERS = List.of("label", "owner", "search");

  /** As a query has it; labels may stand there several times. */
  static SweepFilter of(Map<String, List<String>> query) {
    return new SweepFilter(
        query.getOrDefault("label", List.of()),
        one(query, "owner"),
        one(query, "search").orElse(""));
  }

  private static Optional<String> one(Map<String, List<String>> query, String name) {
    return query.getOrDefault(name, List.of()).stream().findFirst();
  }

  List<SweepSummary> of(List<SweepSummary> sweeps) {
    return sweeps.stream().filter(this::means).toList();
  }

  private boolean means(SweepSummary sweep) {
    return labels.stream().allMatch(label -> has(sweep, label))
        && owner.stream().allMatch(sweep.owner()::equals)
        && says(sweep, search.toLowerCase(Locale.ROOT));
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
        .anyMatch(one -> one.toLowerCase(Locale.ROOT).contains(text));
  }
}
