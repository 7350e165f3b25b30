package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepFilterTest {
  private static final List<SweepSummary> SWEEPS =
      List.of(
          sweep("one", "ana", Map.of("team", "nlp", "baseline", ""), "Before the refactoring"),
          sweep("two", "bert", Map.of("team", "vision"), ""),
          sweep("three", "", Map.of(), "of the demo"));

  private static SweepSummary sweep(
      String name, String owner, Map<String, String> labels, String notes) {
    return new SweepSummary(
        new SweepId(name + "-20261127"),
        name,
        SweepStatus.RUNNING,
        10,
        Instant.EPOCH,
        0,
        0,
        0,
        0,
        0,
        0,
        "",
        owner,
        new TreeMap<>(labels),
        notes);
  }

  @ParameterizedTest
  @CsvSource({
    "label=team, one two",
    "label=team=nlp, one",
    "label=team=, ''",
    "label=baseline=, one",
    "label=nothing, ''",
    "label=team&label=baseline, one",
    "owner=ana, one",
    "owner=an, ''",
    "search=REFACTORING, one",
    "search=team=v, two",
    "search=BERT, two",
    "search=20261127, one two three",
    "search=demo&owner=ana, ''",
    "'', one two three"
  })
  void findsThoseForWhichAllHolds(String query, String names) {
    Map<String, List<String>> given = new TreeMap<>();
    for (String part : query.isEmpty() ? new String[0] : query.split("&")) {
      String name = part.substring(0, part.indexOf('='));
      given.merge(
          name, List.of(part.substring(name.length() + 1)), (a, b) -> List.of(a.get(0), b.get(0)));
    }
    assertThat(SweepFilter.of(given).of(SWEEPS))
        .extracting(SweepSummary::name)
        .containsExactly(names.isEmpty() ? new String[0] : names.split(" "));
  }
}
