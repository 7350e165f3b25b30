package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.stage.StageRunner;
import dev.secateur.worker.TaskRunner;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration says arrives at the stage that does it. */
class StageSettingsTest {
  private static final String EVALUATION =
      "models = [%s], ratios = [0.25], criteria = [l2], evaluation { window = 32, windows = 4, %s }";

  @TempDir private Path folder;
  private TaskRunner runner;

  @BeforeEach
  void open() {
    StageArtifacts artifacts =
        new StageArtifacts(
            new ArtifactStore(folder.resolve("artifacts")),
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO));
    runner =
        new StageRunner(
            artifacts, folder.resolve("models"), Device.cpu(), Allowance.of(WeightPlacement.AUTO));
  }

  private SweepPlan plan(String sweep) {
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    return SweepPlanner.plan(SweepConfigReader.read(sweep, "sweep", sources), sources);
  }

  private Outcome run(Stage stage) {
    Lease lease = new Lease(1, stage.key(), 1, new WorkerId("one", "1"));
    return runner.run(
        new Task(lease, new SweepId("s"), stage, CodeVersion.CURRENT), progress -> {});
  }

  /** The evaluation of a sweep's base model. */
  private Outcome before(String model, String settings) {
    SweepPlan plan = plan(EVALUATION.formatted(model, settings));
    return plan.stages().stream()
        .filter(stage -> stage.key().equals(plan.trials().get(0).before()))
        .map(this::run)
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, Double> metrics(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Succeeded.class);
    return ((Outcome.Succeeded) outcome).metrics();
  }

  @Test
  void aPerplexityHasItsBeginTokenWhereTheConfigurationSays() {
    Map<String, Double> start = metrics(before("demo", "perplexity-begin = start"));
    Map<String, Double> window = metrics(before("demo", "perplexity-begin = window"));
    Map<String, Double> none = metrics(before("demo", "perplexity-begin = none"));
    assertThat(metrics(before("demo", ""))).isEqualTo(start);
    assertThat(start.get("perplexity"))
        .isNotEqualTo(window.get("perplexity"))
        .isNotEqualTo(none.get("perplexity"));
    assertThat(window.get("perplexity")).isNotEqualTo(none.get("perplexity"));
    assertThat(window.get("tokens")).isEqualTo(none.get("tokens")).isEqualTo(4 * 31);
  }

  @Test
  void aModelWithoutABeginTokenIsMeasuredWithoutItOrRefused() throws IOException {
    Path bare = withoutBeginToken();
    assertThat(metrics(before(bare.toString(), "")))
        .isEqualTo(metrics(before(bare.toString(), "perplexity-begin = none")));
    assertThat(before(bare.toString(), "perplexity-begin = window").toString())
        .contains(
            bare
                + ": the tokenizer has no begin-of-sequence token, which perplexity-begin 'window'");
    assertThat(
            before(bare.toString(), "tasks = wordnet, questions = 2, begin-token = always")
                .toString())
        .contains(
            bare
                + ": the tokenizer has no begin-of-sequence token, which begin-token 'always'"
                + " requires");
    assertThat(metrics(before(bare.toString(), "tasks = wordnet, questions = 2")))
        .containsKey("wordnet.acc");
  }

  private Path withoutBeginToken() throws IOException {
    Path bare = DemoModel.extract(folder.resolve("bare"));
    for (String name : new String[] {"config.json", "tokenizer_config.json"}) {
      Path file = bare.resolve(name);
      ObjectNode json = (ObjectNode) Json.MAPPER.readTree(file.toFile());
      json.remove("bos_token_id");
      json.remove("bos_token");
      Files.writeString(file, Json.MAPPER.writeValueAsString(json));
    }
    return bare;
  }

  @Test
  void aRecoveryTellsHowManyRowsItLeftOut() throws IOException {
    String longer = "{\"instruction\": \"" + "word ".repeat(200) + "\", \"output\": \"yes\"}\n";
    String shorter = "{\"instruction\": \"Say a word.\", \"output\": \"word\"}\n";
    Path data = folder.resolve("mixed.jsonl");
    Files.writeString(data, longer.repeat(12) + shorter.repeat(4));
    SweepPlan plan =
        plan(
            """
            models = [demo], ratios = [0.25], criteria = [l2]
            recovery {
              data = "%s", template = plain, steps = 2, batch = 4, micro-batch = 4, warmup = 5
              cutoff = 32
            }
            evaluation { window = 32, windows = 2 }
            """
                .formatted(data));
    Outcome last = null;
    for (Stage stage : plan.stages()) {
      if (stage.kind() != StageKind.EVALUATION) {
        last = run(stage);
      }
    }
    assertThat(metrics(last))
        .containsEntry("rows_left_out", 12.0)
        .containsEntry("warmup_steps_left", 3.0)
        .containsEntry("steps", 2.0);
  }
}
