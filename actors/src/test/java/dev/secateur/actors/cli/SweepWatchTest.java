package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.actors.client.FakeNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How {@code watch} ends, of a sweep that a fake API tells of. */
@Timeout(60)
class SweepWatchTest {
  private static final Map<String, String> ANSWERS =
      Map.of(
          "/api/v1/sweeps/s/plan", "{\"name\": \"s\", \"trials\": [], \"stages\": []}",
          "/api/v1/sweeps/s/results",
              "{\"sweep\": \"s\", \"name\": \"s\", \"completed\": 1, \"trials\": []}");

  /** What the API writes in silence. */
  private static final String HEARTBEAT = "data:\n\n";

  private final List<String> events = new ArrayList<>();
  private int there;

  private void happened(String... names) {
    for (String name : names) {
      int sequence = events.size() + 1;
      events.add(
          "data:{\"event\":\"%s\",\"sequence\":%d,\"time\":\"2026-01-01T00:00:00Z\"}%n%n"
              .formatted(name, sequence));
    }
    there = events.size();
  }

  private Cli.Result watch(String status) throws IOException {
    try (FakeNode node =
        new FakeNode(
            (exchange, request, count) -> {
              String path = request.substring("GET ".length());
              if (path.contains("/events?")) {
                int since = Integer.parseInt(path.replaceFirst(".*since=(\\d+).*", "$1"));
                int end = path.contains("follow=true") ? events.size() : there;
                String told = String.join(HEARTBEAT, events.subList(since, end));
                FakeNode.answer(exchange, 200, HEARTBEAT + told + HEARTBEAT);
              } else {
                String sweep =
                    "{\"status\":\"%s\",\"at\":\"2026-01-01T00:00:00Z\"}".formatted(status);
                FakeNode.answer(exchange, 200, ANSWERS.getOrDefault(path, sweep));
              }
            })) {
      return Cli.here("watch", "s", "--json", "--url", node.url());
    }
  }

  @Test
  void aSweepThatWasCancelledAndThenRunToItsEndHasCompleted() throws IOException {
    happened("sweep-submitted", "sweep-cancelled", "results-written");
    happened("trials-retried", "sweep-completed", "results-written");
    Cli.Result result = watch("completed");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).doesNotContain("cancelled");
    assertThat(result.out()).contains("\"sweep\":\"s\"");
  }

  @Test
  void aSweepThatWasCancelledIsSaidToBe() throws IOException {
    happened("sweep-submitted", "sweep-cancelled", "results-written");
    Cli.Result result = watch("cancelled");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("the sweep was cancelled\n");
  }

  @Test
  void aSweepThatRunsIsFollowedToItsEnd() throws IOException {
    happened("sweep-submitted", "sweep-cancelled", "results-written", "trials-retried");
    int before = there;
    happened("sweep-completed", "results-written");
    there = before;
    Cli.Result result = watch("completed");
    assertThat(result.code()).as(result.err()).isZero();
  }
}
