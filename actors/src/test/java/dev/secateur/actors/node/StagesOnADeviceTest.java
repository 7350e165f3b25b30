package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
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
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.stage.StageRunner;
import dev.secateur.tensor.Devices;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kind of stage keeps the arrays of the host and of the device apart, and comes to the same
 * metrics as on the host alone.
 */
class StagesOnADeviceTest {
  private static final String SWEEP =
      """
      models = [demo], ratios = [0.25], strategies = [block], compensation = [least-squares]
      trials = [
        { strategy = ignore-dependencies, ratio = 0.25, compensation = none }
        { strategy = block, ratio = 0.2, criterion = obs, scope = measured, layers = "1..3" }
      ]
      criteria = [taylor-mixed], export = [hf, gguf]
      calibration { text = "rows.jsonl#output", samples = 2, length = 12 }
      recovery {
        strategies = [block], data = "rows.jsonl", template = plain
        steps = 2, batch = 4, micro-batch = 2, cutoff = 48
        validation { rows = 4, every = 1 }
        scratch {}
      }
      evaluation {
        text = "rows.jsonl#output", window = 32, windows = 3
        latency { batch = 1, length = 8, generated = 2, warmup = 1, repetitions = 1 }
        generate { prompts = ["The dog"], max-tokens = 4 }
      }
      """;

  @TempDir private Path folder;

  private SweepPlan plan(String sweep) throws IOException {
    Path rows = folder.resolve("rows.jsonl");
    Files.writeString(
        rows,
        IntStream.range(0, 40)
            .mapToObj(
                i ->
                    "{\"instruction\": \"Say %d.\", \"output\": \"%s\"}\n"
                        .formatted(i, "the dog and the %d cats went home ".formatted(i).repeat(2)))
            .collect(Collectors.joining()));
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    return SweepPlanner.plan(
        SweepConfigReader.read(sweep.replace("rows.jsonl", rows.toString()), "sweep", sources),
        sources);
  }

  /** The metrics of each stage, without times. */
  private Map<String, Map<String, Double>> metrics(
      SweepPlan plan, Device device, WeightPlacement placement) {
    Path own = folder.resolve(device.getDeviceType() + placement);
    StageArtifacts artifacts =
        new StageArtifacts(
            new ArtifactStore(own),
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO));
    Map<String, Map<String, Double>> all = new LinkedHashMap<>();
    try (StageRunner runner =
        new StageRunner(artifacts, folder.resolve("models"), device, Allowance.of(placement))) {
      for (Stage stage : plan.stages()) {
        Lease lease = new Lease(1, stage.key(), 1, new WorkerId("one", "1"));
        Outcome outcome =
            runner.run(new Task(lease, new SweepId("s"), stage, CodeVersion.CURRENT), told -> {});
        assertThat(outcome)
            .as("%s on %s", stage.kind(), device)
            .isInstanceOf(Outcome.Succeeded.class);
        Map<String, Double> metrics = new TreeMap<>(((Outcome.Succeeded) outcome).metrics());
        metrics.keySet().removeIf(name -> name.matches(".*(latency|second).*"));
        all.put(stage.kind() + " " + stage.key(), metrics);
      }
    }
    return all;
  }

  private void runsTheSameEverywhere(SweepPlan plan) {
    Map<String, Map<String, Double>> host = metrics(plan, Device.cpu(), WeightPlacement.RESIDENT);
    assertThat(metrics(plan, Devices.SIMULATED, WeightPlacement.RESIDENT)).isEqualTo(host);
    assertThat(metrics(plan, Devices.SIMULATED, WeightPlacement.STREAMED)).isEqualTo(host);
  }

  @Test
  void everyKindOfStageThatComputesRuns() throws IOException {
    SweepPlan plan = plan(SWEEP);
    assertThat(plan.stages().stream().map(Stage::kind).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(
            EnumSet.complementOf(EnumSet.of(StageKind.IMPORT, StageKind.TIMING)));
    runsTheSameEverywhere(plan);
  }

  /** Times differ from run to run, and what is chosen by them does too. */
  @Test
  void timesAreMeasuredEverywhere() throws IOException {
    SweepPlan plan =
        plan(
            """
            models = [demo], ratios = [0.01], criteria = [l1], scopes = [measured]
            targets = [latency], layers = "1..2"
            timing { device = cpu, length = 8, warmup = 1, repetitions = 3 }
            calibration { text = "rows.jsonl#output", samples = 2, length = 12 }
            evaluation { text = "rows.jsonl#output", window = 32, windows = 1 }
            """);
    assertThat(plan.stages()).anyMatch(stage -> stage.kind() == StageKind.TIMING);
    for (Device device : List.of(Device.cpu(), Devices.SIMULATED)) {
      for (WeightPlacement placement :
          List.of(WeightPlacement.RESIDENT, WeightPlacement.STREAMED)) {
        metrics(plan, device, placement)
            .forEach(
                (stage, metrics) -> {
                  if (stage.startsWith(StageKind.TIMING.name())) {
                    assertThat(metrics).containsEntry("structures", 2.0);
                  }
                });
      }
    }
  }

  @Test
  void stagesComputeInBfloat16() throws IOException {
    runsTheSameEverywhere(
        plan(
            """
            models = [demo], ratios = [0.25], compute = bfloat16
            calibration { text = "rows.jsonl#output", samples = 2, length = 8 }
            recovery {
              data = "rows.jsonl", template = plain, steps = 2, batch = 2, micro-batch = 2
              cutoff = 48, precision = bfloat16
            }
            evaluation { text = "rows.jsonl#output", window = 16, windows = 2 }
            """));
  }
}
