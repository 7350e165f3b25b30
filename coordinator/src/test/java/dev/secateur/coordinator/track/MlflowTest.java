package dev.secateur.coordinator.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secateur.coordinator.track.MlflowClient.Known;
import dev.secateur.coordinator.track.MlflowServer.Run;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** What an MLflow server has of a sweep. */
class MlflowTest extends TrackingFixture {
  /** The address of a real server, for those who have one. */
  private static final String REAL = "SECATEUR_MLFLOW";

  private void awaitTold() {
    await().untilAsserted(() -> assertThat(isPending()).isFalse());
  }

  @Test
  void eachTrialIsARunWithParametersMetricsAndLinks() throws IOException {
    try (MlflowServer server = new MlflowServer()) {
      tracker().offerEnd(mlflow(server.url()), folder, ended(Map.of(3, "estimation: NaN")));
      awaitTold();
      assertThat(server.runs).hasSize(TRIALS);
      Run run = server.runs.get("run1");
      assertThat(run.name).startsWith("Trial 1: /models/a block 0.");
      assertThat(run.status).isEqualTo("FINISHED");
      assertThat(run.params)
          .containsEntry("model", "/models/a")
          .containsEntry("strategy", "block")
          .containsEntry("recovery.steps", "5")
          .containsKeys("ratio", "criterion", "aggregation", "scope", "target", "layers");
      assertThat(run.metrics)
          .containsEntry("before/perplexity", 12.5)
          .containsEntry("pruned/perplexity", 12.5)
          .containsEntry("recovered/perplexity", 12.5)
          .containsEntry("pruned/a task _5-shot_.acc", 0.5)
          .containsEntry("recovered/loss@1", 3.0)
          .containsEntry("recovered/loss@3", 1.5)
          .containsEntry("recovered/validation-loss@3", 1.7)
          .containsKey("seconds");
      assertThat(run.tags)
          .containsEntry("secateur.sweep", SWEEP.value())
          .containsEntry("secateur.label.team", "nlp")
          .doesNotContainKey("secateur.label.baseline")
          .containsEntry("mlflow.user", "ana")
          .containsEntry("mlflow.note.content", "two\nlines")
          .containsEntry("mlflow.source.name", "secateur submit sweep.conf");
      assertThat(run.tags.get("secateur.artifact.recipe"))
          .matches("https://api\\.example/api/v1/artifacts/[0-9a-f]{40}");
      assertThat(server.runs.get("run3").status).isEqualTo("FAILED");
      assertThat(server.runs.get("run3").tags).containsEntry("secateur.failure", "estimation: NaN");
      assertThat(notices).isEmpty();
    }
  }

  /** At each request: it is obeyed, its answer is lost, and the coordinator is killed. */
  @Test
  void aKillAtAnyRequestDoublesNothing() throws Exception {
    Map<String, Run> undisturbed;
    int requests;
    try (MlflowServer server = new MlflowServer()) {
      Tracker tracker = tracker();
      tracker.offerEnd(mlflow(server.url()), folder, ended());
      awaitTold();
      undisturbed = server.runs;
      requests = server.requests.size();
    }
    for (int kill = 0; kill < requests; kill++) {
      try (MlflowServer server = new MlflowServer()) {
        int last = kill;
        CountDownLatch reached = new CountDownLatch(1);
        server.lost =
            number -> {
              if (number == last) {
                reached.countDown();
              }
              return number >= last && reached.getCount() == 0 && number == last;
            };
        written(ended());
        Tracker killed = tracker();
        killed.offerEnd(mlflow(server.url()), folder, ended());
        reached.await();
        killed.close();
        server.lost = number -> false;
        tracker().resume(List.of(folder));
        awaitTold();
        assertSame(server.runs, undisturbed, "killed at " + server.requests.get(kill));
      }
    }
  }

  private static void assertSame(Map<String, Run> runs, Map<String, Run> expected, String when) {
    assertThat(runs).as(when).hasSize(expected.size());
    for (Run run : expected.values()) {
      String trial = run.tags.get(MlflowRun.TRIAL);
      List<Run> same =
          runs.values().stream()
              .filter(one -> trial.equals(one.tags.get(MlflowRun.TRIAL)))
              .toList();
      assertThat(same).as(when).hasSize(1);
      assertThat(same.get(0).params).as(when).isEqualTo(run.params);
      assertThat(same.get(0).metrics).as(when).isEqualTo(run.metrics);
      assertThat(same.get(0).tags).as(when).isEqualTo(run.tags);
      assertThat(same.get(0).status).as(when).isEqualTo(run.status);
    }
  }

  @Test
  void aServerThatIsAwayIsToldOfOnceAndTriedAgain() throws Exception {
    String url;
    try (MlflowServer gone = new MlflowServer()) {
      url = gone.url();
    }
    Tracker tracker = tracker();
    tracker.offer(mlflow(url), folder, running(1));
    await().untilAsserted(() -> assertThat(events()).contains("tracking-failed"));
    written(ended());
    tracker.offerEnd(mlflow(url), folder, ended());
    assertThat(isPending()).isTrue();
    assertThat(notices.get(0).fields())
        .containsEntry("sweep", SWEEP.value())
        .containsEntry("target", "mlflow at " + url.substring("http://".length()));
    try (MlflowServer back = new MlflowServer(Integer.parseInt(url.replaceAll(".*:", "")))) {
      awaitTold();
      assertThat(back.runs).hasSize(TRIALS);
      assertThat(events()).containsExactly("tracking-failed", "tracking-resumed");
    }
  }

  /** Whoever hands results over does not wait, and only the newest are kept. */
  @Test
  void aServerThatHangsHoldsNobodyUp() throws Exception {
    try (MlflowServer server = new MlflowServer()) {
      CountDownLatch release = new CountDownLatch(1);
      CountDownLatch hangs = new CountDownLatch(1);
      server.lost =
          number -> {
            if (number == 0) {
              hangs.countDown();
              waitFor(release);
            }
            return false;
          };
      Tracker tracker = tracker();
      Tracking tracking = mlflow(server.url());
      tracker.offer(tracking, folder, running(0));
      hangs.await();
      for (int i = 0; i < 100; i++) {
        tracker.offer(tracking, folder, running(i % TRIALS));
      }
      tracker.offerEnd(tracking, folder, ended());
      release.countDown();
      awaitTold();
      assertThat(server.runs).hasSize(TRIALS);
      assertThat(server.requests.stream().filter(call -> call.endsWith("runs/update")))
          .as("each run was logged once")
          .hasSize(TRIALS);
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRunThatTheServerDoesNotWantIsNamedAndTheOthersGoOn() throws IOException {
    try (MlflowServer server = new MlflowServer()) {
      server.refused = "l2";
      tracker().offerEnd(mlflow(server.url()), folder, ended());
      awaitTold();
      assertThat(events()).containsExactly("tracking-refused", "tracking-refused");
      assertThat((String) notices.get(0).fields().get("reason"))
          .contains("Trial ")
          .endsWith("runs/log-batch got the response 400: not the value l2");
      assertThat(server.runs.values().stream().filter(run -> run.status.equals("FINISHED")))
          .hasSize(TRIALS / 2);
    }
  }

  @Test
  void aTrialThatIsTriedAgainChangesItsRun() throws IOException {
    try (MlflowServer server = new MlflowServer()) {
      tracker().offerEnd(mlflow(server.url()), folder, ended(Map.of(0, "estimation: gone")));
      awaitTold();
      tracker().offerEnd(mlflow(server.url()), folder, ended());
      awaitTold();
      assertThat(server.runs).hasSize(TRIALS);
      assertThat(server.runs.values()).extracting(run -> run.status).containsOnly("FINISHED");
    }
  }

  @Test
  @EnabledIfEnvironmentVariable(named = REAL, matches = "http.*")
  void aRealServerTakesAllOfIt() throws Exception {
    String url = System.getenv(REAL);
    String experiment = "secateur-test-" + System.nanoTime();
    Tracking tracking = new Tracking(url, experiment, "", "", "");
    for (int life = 0; life < 2; life++) {
      tracker().offerEnd(tracking, folder, ended());
      awaitTold();
    }
    MlflowClient client = new MlflowClient(url);
    List<Known> runs = client.runs(client.experiment(experiment), MlflowRun.SWEEP, SWEEP.value());
    assertThat(runs).hasSize(TRIALS);
    assertThat(new HashSet<>(runs.stream().map(run -> run.tags().get(MlflowRun.TRIAL)).toList()))
        .hasSize(TRIALS);
    assertThat(notices).isEmpty();
  }
}
