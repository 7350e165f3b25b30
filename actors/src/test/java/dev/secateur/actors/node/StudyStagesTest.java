package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.stage.StageRunner;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import dev.secateur.text.WordNet;
import dev.secateur.worker.TaskRunner;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stages of the dense model, of tuning curves, further texts and matched sizes do what they say.
 */
class StudyStagesTest {
  @TempDir private Path folder;
  private TaskRunner runner;
  private final Map<StageKey, Map<String, Double>> done = new HashMap<>();

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

  /** Runs what is not done yet. */
  private SweepPlan run(String sweep) {
    SweepPlan plan = plan(sweep);
    for (Stage stage : plan.stages()) {
      if (!done.containsKey(stage.key())) {
        Lease lease = new Lease(1, stage.key(), 1, new WorkerId("one", "1"));
        Outcome outcome =
            runner.run(
                new Task(lease, new SweepId("s"), stage, CodeVersion.CURRENT), progress -> {});
        assertThat(outcome).isInstanceOf(Outcome.Succeeded.class);
        done.put(stage.key(), ((Outcome.Succeeded) outcome).metrics());
      }
    }
    return plan;
  }

  private double perplexity(StageKey evaluation) {
    return done.get(evaluation).get("perplexity");
  }

  private static String recovery(Path data, String more) {
    return """
        models = [demo], ratios = [0], evaluation { window = 32, windows = 2 }
        recovery {
          data = "%s", template = plain, batch = 4, micro-batch = 4, warmup = 0, cutoff = 32
          learning-rate = 2e-3, rank = 2, schedule = constant, %s
        }
        """
        .formatted(data, more);
  }

  @Test
  void anAdapterOnItsWayIsThatOfAShorterTraining() throws Exception {
    Path data = folder.resolve("rows.jsonl");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      rows.append("{\"instruction\": \"Count ").append(i).append("\", \"output\": \"two\"}\n");
    }
    Files.writeString(data, rows);
    SweepPlan curve = run(recovery(data, "steps = 5, evaluate-every = 2"));
    Trial trial = curve.trials().get(0);
    assertThat(trial.further()).hasSize(2);
    double before = perplexity(trial.before());
    double two = perplexity(trial.further().get(0).key());
    double four = perplexity(trial.further().get(1).key());
    double five = perplexity(trial.recovered().orElseThrow());
    assertThat(new double[] {before, two, four, five}).doesNotHaveDuplicates();
    SweepPlan shorter = run(recovery(data, "steps = 2"));
    assertThat(perplexity(shorter.trials().get(0).recovered().orElseThrow())).isEqualTo(two);
    SweepPlan plain = run(recovery(data, "steps = 5"));
    assertThat(perplexity(plain.trials().get(0).recovered().orElseThrow())).isEqualTo(five);
    Map<String, Double> pruning = done.get(trial.pruning());
    assertThat(pruning.get("parameters_after")).isEqualTo(pruning.get("parameters_before"));
    assertThat(pruning.get("macs_after")).isEqualTo(pruning.get("macs_before"));
  }

  @Test
  void furtherTextsAreMeasuredAsTheFirstIs() {
    SweepPlan plan =
        run(
            """
            rivals = [demo], models = [demo]
            evaluation { window = 64, windows = 2, perplexity-begin = none
              texts = [{ name = narrow, text = wordnet, window = 32, windows = 4 }] }
            """);
    SweepPlan narrow =
        run(
            "rivals = [demo], models = [demo]\n"
                + "evaluation { window = 32, windows = 4, perplexity-begin = none }");
    Trial.Further further = plan.trials().get(0).further().get(0);
    StageKey first = narrow.trials().get(0).before();
    assertThat(perplexity(further.key())).isEqualTo(perplexity(first));
    assertThat(done.get(first).get("bits_per_byte"))
        .isCloseTo(Math.log(perplexity(first)) / Math.log(2) / bytesPerToken(), within(1e-9));
  }

  /** Of the text's own beginning, which 128 tokens reach to. */
  private double bytesPerToken() {
    String text = String.join("\n\n", WordNet.texts(Split.TEST).subList(0, 40));
    try (Tokenizer tokenizer =
        Tokenizer.open(new LocalFiles((f, d, a) -> {}, folder.resolve("models")).model("demo"))) {
      long[] ids = Arrays.copyOf(tokenizer.encode(text), 128);
      String read = tokenizer.decode(ids);
      assertThat(text).startsWith(read);
      return read.length() / 128.0; // ASCII
    }
  }

  @Test
  void aChannelTrialMatchesTheSizeOfABlockTrial() {
    SweepPlan plan =
        plan(
            "models = [demo], ratios = [0.25], strategies = [block, channel], criteria = [l2]\n"
                + "match = block");
    for (Stage stage : plan.stages()) {
      if (stage.spec() instanceof EvaluationSpec) {
        continue;
      }
      Lease lease = new Lease(1, stage.key(), 1, new WorkerId("one", "1"));
      Outcome outcome =
          runner.run(new Task(lease, new SweepId("s"), stage, CodeVersion.CURRENT), p -> {});
      done.put(stage.key(), ((Outcome.Succeeded) outcome).metrics());
    }
    double block = done.get(plan.trials().get(0).pruning()).get("parameters_after");
    double channel = done.get(plan.trials().get(1).pruning()).get("parameters_after");
    assertThat(channel).isCloseTo(block, within(0.005 * block));
    assertThat(done.get(plan.trials().get(0).pruning()))
        .containsKeys("removed_attention", "removed_mlp");
  }
}
