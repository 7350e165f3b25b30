package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.eventstream.EventStream;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.golden.GoldenScenario;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsTest {
  private static final List<DiskUse> USE = List.of(new DiskUse.Folder("work", "/w", 7, 9));

  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void countsHowTasksAndLeasesEnded() {
    Metrics metrics = Metrics.of(kit.system());
    List<SweepEvent> events = GoldenScenario.events();
    TestProbe<Object> probe = kit.createTestProbe();
    probe.awaitAssert( // the listener subscribes when it has started
        Duration.ofSeconds(20),
        () -> {
          tell(new SweepEvent.LeaseVoided(1, new StageKey("a"), StageKind.EXPORT, "why"));
          assertThat(value(metrics, "secateur_lease_voided_total")).isPositive();
          return probe;
        });
    events.forEach(this::tell);
    probe.awaitAssert(
        Duration.ofSeconds(20),
        () -> {
          assertThat(value(metrics, "secateur_lease_voided_total"))
              .isGreaterThan(count(events, SweepEvent.LeaseVoided.class));
          assertThat(value(metrics, "secateur_lease_expired_total"))
              .isEqualTo(count(events, SweepEvent.LeaseExpired.class));
          double computed = outcomes(metrics, "completed");
          assertThat(computed).isEqualTo(value(metrics, "secateur_stage_duration_seconds_count"));
          assertThat(computed + outcomes(metrics, "reused"))
              .isEqualTo(count(events, SweepEvent.StageCompleted.class));
          assertThat(outcomes(metrics, "retried"))
              .isEqualTo(count(events, SweepEvent.StageRetried.class));
          assertThat(outcomes(metrics, "failed"))
              .isEqualTo(count(events, SweepEvent.StageFailed.class));
          return probe;
        });
  }

  /** What alerts and panels ask for by name and label is what is told. */
  @ParameterizedTest
  @ValueSource(strings = {"prometheus/secateur-rules.yml", "grafana/secateur.json"})
  void tellsWhatIsAskedOfIt(String file) throws IOException {
    String text =
        Files.readString(
                Path.of(System.getProperty("secateur.root", ".."))
                    .resolve("actors/deploy")
                    .resolve(file))
            .replace("\\\"", "\"");
    List<String> asked =
        Pattern.compile("(\\w+)\\{job=\"secateur\"(?:,(\\w+=\"[\\w-]+\"))?\\}")
            .matcher(text)
            .results()
            .map(match -> match.group(1) + " " + Objects.requireNonNullElse(match.group(2), ""))
            .distinct()
            .filter(each -> !each.equals("up ")) // Prometheus' own
            .toList();
    assertThat(asked).hasSizeGreaterThan(5);
    Metrics metrics = Metrics.of(kit.system());
    TestProbe<Object> probe = kit.createTestProbe();
    probe.awaitAssert(
        Duration.ofSeconds(20),
        () -> {
          GoldenScenario.events().forEach(this::tell);
          List<String> told = metrics.scrape(List.of(), List.of(), USE).lines().toList();
          assertThat(asked)
              .allSatisfy(
                  each -> {
                    String[] parts = each.split(" ", 2);
                    assertThat(told)
                        .anyMatch(line -> line.startsWith(parts[0]) && line.contains(parts[1]));
                  });
          return probe;
        });
  }

  private void tell(SweepEvent event) {
    kit.system()
        .eventStream()
        .tell(new EventStream.Publish<>(new JournalledEvent(1, Instant.EPOCH, event)));
  }

  private static double count(List<SweepEvent> events, Class<? extends SweepEvent> type) {
    return events.stream().filter(type::isInstance).count();
  }

  private static double outcomes(Metrics metrics, String outcome) {
    return sum(metrics, "secateur_stage_outcomes_total", "outcome=\"" + outcome + "\"");
  }

  private static double value(Metrics metrics, String name) {
    return sum(metrics, name, "");
  }

  /** Over all kinds of stages. */
  private static double sum(Metrics metrics, String name, String labels) {
    return metrics
        .scrape(List.of(), List.of(), USE)
        .lines()
        .filter(line -> line.startsWith(name) && line.contains(labels))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
