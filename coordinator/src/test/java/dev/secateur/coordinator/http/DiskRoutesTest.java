package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node says of its disk, and whether it is ready. */
class DiskRoutesTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path folder;
  private volatile Optional<String> problem = Optional.empty();
  private volatile Instant now = Instant.EPOCH;
  private final CountDownLatch cleaned = new CountDownLatch(1);
  private ApiServer api;

  private final class Disk implements Housekeeping {
    @Override
    public List<DiskUse> use() {
      return List.of(
          new DiskUse.Folder("work", "/w", 2 * GIB, 3 * GIB),
          new DiskUse.DatabaseServer("jdbc:x", GIB));
    }

    @Override
    public Collected clean(Cleaning what) {
      if (what.scope() instanceof Cleaning.Only) {
        await();
      }
      return new Collected(
          List.of(new Removed("artifacts", 2, 7, 10)),
          what.dryRun() ? "" : "one could not be removed",
          what.dryRun() ? "one stays for now" : "",
          what.unused(Disposable.LEFTOVERS).filter(Duration.ofDays(1)::equals).isPresent()
              ? List.of(new Leftover("worker-logs", "h/cpu", "/w/logs/node-1.jsonl", 5))
              : List.of());
    }

    private void await() {
      try {
        cleaned.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Optional<String> journalProblem() {
      return problem;
    }
  }

  @BeforeEach
  void start() {
    api = server(Duration.ofSeconds(20));
  }

  private ApiServer server(Duration toldWithin) {
    return new ApiServer(
        folder, new FakeSources("/"), CodeVersion.CURRENT, new Disk(), toldWithin, () -> now);
  }

  @AfterEach
  void stop() {
    cleaned.countDown();
    api.close();
  }

  @Test
  void aNodeThatCannotWriteItsJournalIsNotReady() throws IOException {
    assertThat(api.get("/ready"))
        .satisfies(ready -> assertThat(ready.status()).isEqualTo(200))
        .satisfies(
            ready ->
                assertThat(ready.body())
                    .isEqualTo(
                        "ready\nwork: 2048 MiB used, 3072 MiB left\ndatabase: 1024 MiB used\n"));
    problem = Optional.of("no space");
    assertThat(api.get("/ready").status()).as("as it was a moment ago").isEqualTo(200);
    now = now.plusSeconds(2);
    assertThat(api.get("/ready"))
        .satisfies(ready -> assertThat(ready.status()).isEqualTo(503))
        .satisfies(
            ready ->
                assertThat(ready.body()).contains("the journal can't be written to: no space"));
  }

  @Test
  void tellsWhatIsUsedAndLeft() throws IOException {
    assertThat(api.get("/api/v1/disk").body())
        .isEqualTo(
            "[{\"place\":\"work\",\"path\":\"/w\",\"used\":2147483648,\"free\":3221225472},"
                + "{\"place\":\"database\",\"path\":\"jdbc:x\",\"used\":1073741824}]\n");
    assertThat(api.get("/metrics").body())
        .contains("secateur_disk_used_bytes{place=\"work\"} 2.147483648E9")
        .contains("secateur_disk_free_bytes{place=\"work\"} 3.221225472E9")
        .doesNotContain("secateur_disk_free_bytes{place=\"database\"}");
  }

  @Test
  void refusesWhatItDoesNotUnderstandAndSweepsThatThereAreNot() throws IOException {
    assertThat(post("/api/v1/gc?older_than=soon").status()).isEqualTo(400);
    assertThat(post("/api/v1/gc?older=1d").status()).isEqualTo(400);
    assertThat(post("/api/v1/sweeps/none/delete").status()).isEqualTo(404);
    assertThat(api.get("/api/v1/sweeps/none/disk").status()).isEqualTo(404);
  }

  @Test
  void tellsWhatGoesBySortBeforeAndAfter() throws IOException {
    assertThat(post("/api/v1/gc?older_than=1d&dry_run=true").body())
        .isEqualTo(
            "{\"dry_run\":true,\"removed\":[{\"sort\":\"artifacts\",\"count\":2,\"bytes\":7,"
                + "\"bytes_before\":10,\"bytes_after\":10}],\"notice\":\"one stays for now\",\"leftovers\":["
                + "{\"sort\":\"worker-logs\",\"node\":\"h/cpu\",\"path\":\"/w/logs/node-1.jsonl\",\"bytes\":5}"
                + "]}\n");
    assertThat(post("/api/v1/gc").body())
        .isEqualTo(
            "{\"dry_run\":false,\"removed\":[{\"sort\":\"artifacts\",\"count\":2,\"bytes\":7,"
                + "\"bytes_before\":10,\"bytes_after\":3}],"
                + "\"problem\":\"one could not be removed\",\"leftovers\":[]}\n");
  }

  @Test
  void whoAsksAgainWhileWhatADeletedSweepNeededIsRemovedWaitsForIt() throws IOException {
    api.close();
    api = server(Duration.ofMillis(100));
    String configuration = "name = s, models = [a], ratios = [0.5], criteria = [l2]";
    String answer = api.submit(configuration).body();
    String sweep = "/api/v1/sweeps/" + answer.replaceAll(".*\"sweep\":\"([^\"]+)\".*\\s*", "$1");
    assertThat(post(sweep + "/cancel").status()).isEqualTo(200);
    for (int i = 0; i < 2; i++) {
      ApiServer.Answer late = post(sweep + "/delete");
      assertThat(late.status()).as(late.body()).isEqualTo(202);
      assertThat(late.body()).contains("is deleted, and its artifacts are still being removed");
    }
    ApiServer.Answer other = post("/api/v1/gc");
    assertThat(other.status()).isEqualTo(503);
    assertThat(other.head()).contains("Retry-After: 1");
  }

  private ApiServer.Answer post(String path) throws IOException {
    return api.send("POST", path, Map.of(), "");
  }
}
