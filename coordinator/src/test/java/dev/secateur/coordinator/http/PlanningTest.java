package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.TextRef;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Submissions that take long to plan. */
class PlanningTest {
  @TempDir Path folder;

  /** Sources that keep whoever plans the model {@code slow} until they are let go. */
  private static final class SlowSources implements Sources {
    private final FakeSources known = new FakeSources("/models");
    private final CountDownLatch planning = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    @Override
    public ModelRef model(String name) {
      if (name.equals("slow")) {
        planning.countDown();
        try {
          assertThat(letGo.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return known.model(name);
    }

    @Override
    public List<String> projections(String model) {
      return known.projections(model);
    }

    @Override
    public TextRef text(String name) {
      return known.text(name);
    }

    @Override
    public TextRef tasks(String name) {
      return known.tasks(name);
    }
  }

  @Test
  @Timeout(60)
  void theCoordinatorAnswersOthersWhileASweepIsPlanned() throws Exception {
    SlowSources sources = new SlowSources();
    try (ApiServer api = new ApiServer(folder, sources)) {
      CompletableFuture<ApiServer.Answer> slow =
          CompletableFuture.supplyAsync(() -> submit(api, "models = [slow], ratios = [0.5]"));
      assertThat(sources.planning.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(submit(api, "models = [quick], ratios = [0.5]").status()).isEqualTo(201);
      assertThat(api.get("/ready").status()).isEqualTo(200);
      assertThat(api.get("/api/v1/sweeps").body()).contains("\"trials\":1");
      assertThat(slow).as("it is planned still").isNotDone();
      sources.letGo.countDown();
      assertThat(slow.get().status()).isEqualTo(201);
    }
  }

  @Test
  void refusesASweepThatTheActiveCoordinatorIsTooOldFor() throws Exception {
    CodeVersion older = new CodeVersion(CodeVersion.CURRENT.number() - 1);
    try (ApiServer api = new ApiServer(folder, new FakeSources("/"), older)) {
      ApiServer.Answer answer = submit(api, "models = [a], ratios = [0.5]");
      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.body()).contains("once all coordinators are upgraded");
      assertThat(api.get("/api/v1/sweeps").body().strip()).isEqualTo("[]");
      assertThat(folder).as("no configuration is left behind").isEmptyDirectory();
    }
  }

  private static ApiServer.Answer submit(ApiServer api, String configuration) {
    try {
      return api.submit(configuration);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
