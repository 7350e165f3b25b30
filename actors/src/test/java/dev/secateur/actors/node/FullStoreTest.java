package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.stage.StageRunner;
import dev.secateur.worker.NoRoomException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose coordinator has no room for what its stages make. */
class FullStoreTest {
  @TempDir private Path folder;
  private HttpServer store;
  private volatile int answer = 507;

  @BeforeEach
  void start() throws IOException {
    store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    store.createContext("/", this::answer);
    store.start();
  }

  @AfterEach
  void stop() {
    store.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
      boolean put = exchange.getRequestMethod().equals("PUT");
      exchange.sendResponseHeaders(put ? answer : 404, -1);
    }
  }

  private Task task() {
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    SweepPlan plan =
        SweepPlanner.plan(
            SweepConfigReader.read("models = [demo], ratios = [0.25]", "sweep", sources), sources);
    Stage stage =
        plan.stages().stream()
            .filter(each -> each.kind() == StageKind.DISCOVERY)
            .findFirst()
            .orElseThrow();
    Lease lease = new Lease(1, stage.key(), 1, new WorkerId("one", "1"));
    return new Task(lease, new SweepId("s"), stage, CodeVersion.CURRENT);
  }

  @Test
  void aStageIsGivenBackAndWhatItMadeIsBroughtOnceThereIsRoom() {
    StageArtifacts artifacts =
        new StageArtifacts(
            new ArtifactStore(folder.resolve("artifacts")),
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO));
    artifacts.storeAt(new StoreAccess("http://127.0.0.1:" + store.getAddress().getPort(), "pass"));
    Task task = task();
    try (StageRunner runner =
        new StageRunner(
            artifacts,
            folder.resolve("models"),
            Device.cpu(),
            Allowance.of(WeightPlacement.RESIDENT))) {
      assertThatThrownBy(() -> runner.run(task, progress -> {}))
          .isInstanceOf(NoRoomException.class)
          .hasMessageContaining("answers 507");
      assertThat(artifacts.own().has(task.stage().key())).isTrue();
      answer = 201;
      assertThat(runner.run(task, progress -> {}))
          .isInstanceOfSatisfying(
              Outcome.Succeeded.class, done -> assertThat(done.reused()).isTrue());
    }
  }
}
