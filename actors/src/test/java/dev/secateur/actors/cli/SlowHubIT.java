package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A hub that needs three times as long for a model as a lease lives. */
class SlowHubIT extends KeptFixture {
  private static final Duration SLOW = Duration.ofSeconds(15);
  private static final String SWEEP =
      """
      name = slow
      models = ["hf:owner/name"], ratios = [0.25, 0.5], criteria = [l2]
      evaluation { window = 64, windows = 2 }
      """;

  private DrippingHub hub;

  @Override
  Map<String, String> ofCoordinator() throws IOException {
    hub = new DrippingHub(DemoModel.extract(folder.resolve("hub")));
    return hubIn("hub-of-coordinator");
  }

  @AfterEach
  void closeHub() {
    hub.close();
  }

  private Map<String, String> hubIn(String cache) {
    return Map.of("HF_ENDPOINT", hub.endpoint(), "HF_HUB_CACHE", folder.resolve(cache).toString());
  }

  /** Planned while the hub is fast, and to be computed while it is slow. */
  private String submit() throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    String id = done("submit", sweep.toString()).out().strip();
    hub.drip(SLOW);
    return id;
  }

  private void awaitDownload() {
    await("the download is told of")
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              for (JsonNode worker : get("/api/v1/workers")) {
                if (worker.at("/task/progress/note").asText().contains("model.safetensors")) {
                  return true;
                }
              }
              return false;
            });
  }

  @Test
  void aSlowDownloadCostsNoLeaseAndTwoWorkersOfOneFolderHaveItOnce() throws Exception {
    String id = submit();
    long start = System.nanoTime();
    startWorkers("workers", "cpu,cpu", hubIn("hub-of-workers"));
    awaitDownload();
    awaitStatus(id, "completed");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(SLOW);
    assertThat(hub.sent.stream().filter(file -> file.startsWith("model.safetensors")))
        .as("once, and in one piece")
        .containsExactly("model.safetensors");
    for (String trouble : new String[] {"lease-expired", "lease-voided", "stage-retried"}) {
      assertThat(events(trouble)).isEmpty();
    }
    assertThat(Files.readString(eventLog())).doesNotContain("\"event\":\"node-removed\"");
    assertThat(get("/api/v1/workers")).hasSize(2);
  }

  @Test
  void aDownloadIsGivenUpWithItsTaskAndItsProcessGoesOn() throws Exception {
    String id = submit();
    Cli.Running worker = startWorkers("workers", "cpu", hubIn("hub-of-workers"));
    awaitDownload();
    done("cancel", id);
    await("the worker is idle")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(500))
        .until(
            () ->
                get("/api/v1/workers").path(0).path("task").isMissingNode()
                    || get("/api/v1/workers").path(0).path("task").isNull());
    hub.drip(Duration.ZERO);
    String again = done("submit", folder.resolve("sweep.conf").toString()).out().strip();
    awaitStatus(again, "completed");
    assertThat(hub.sent).as("it went on where it was").anyMatch(file -> file.contains(" bytes="));
    assertThat(Files.readString(worker.err())).doesNotContain("restarted");
  }
}
