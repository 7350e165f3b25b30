package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.secateur.Settings;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.generation.Continuation;
import dev.secateur.generation.Latency;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.Devices;
import dev.secateur.training.ScratchTraining;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingNotices;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What commands do for one checkpoint keeps the arrays of the host and of the device apart, and
 * comes to the same as on the host alone.
 */
class JobsOnADeviceTest {
  private static final Tuning TUNING =
      Settings.read(
          Tuning.class,
          """
          {template: 'plain', targets: [], budget: {steps: 2, epochs: 1, batch: 2, microBatch: 1},
           learningRate: 1e-3, schedule: 'constant', rank: 2, alpha: 4, cutoff: 16,
           validation: {rows: 2, every: 1}, precision: 'float32'}
          """);

  private static final TrainingListener QUIET =
      new TrainingListener() {
        @Override
        public void noticed(TrainingNotices notices) {}

        @Override
        public void stepDone(Trainer.Step step) {}
      };

  @TempDir Path folder;
  private Path demo;
  private Path text;

  private interface Job<T> {
    T on(Device device, Allowance allowance, Path out) throws IOException;
  }

  @BeforeEach
  void writeAModelAndAText() throws IOException {
    demo = DemoModel.extract(folder.resolve("models"));
    text = Files.writeString(folder.resolve("text.txt"), "a tree bears leaves\n".repeat(99));
  }

  private <T> void assertSame(Job<T> job) throws IOException {
    Allowance resident = Allowance.of(WeightPlacement.RESIDENT);
    T host = job.on(Device.cpu(), resident, folder.resolve("host"));
    assertThat(host).isNotNull();
    assertThat(job.on(Devices.SIMULATED, resident, folder.resolve("device"))).isEqualTo(host);
    Allowance streamed = Allowance.of(WeightPlacement.STREAMED);
    assertThat(job.on(Devices.SIMULATED, streamed, folder.resolve("streamed"))).isEqualTo(host);
  }

  private static CommandProvenance typed() {
    return new CommandProvenance("secateur", DemoModel.NAME);
  }

  @Test
  void pruningInStepsAndWriting() throws IOException {
    LayerSpan all = new LayerSpan(0, 8);
    Point point =
        new Point(
            Strategy.BLOCK,
            all,
            all,
            new BigDecimal("0.25"),
            Criterion.TAYLOR_ELEMENT1,
            Aggregation.SUM,
            Scope.LOCAL,
            Target.GROUP_RATIO,
            2);
    Samples samples =
        Settings.read(
            Samples.class,
            """
            {text: {name: '', sha256: ''}, sampling: 'rows', count: 2, length: 8, seed: 1,
             tokenFisher: false, activations: 'auto'}
            """);
    assertSame(
        (device, allowance, out) -> {
          try (PruneJob job =
              new PruneJob(
                  Checkpoint.open(demo),
                  device,
                  point,
                  Optional.of(text.toString()),
                  samples,
                  allowance,
                  Precision.FLOAT32,
                  line -> {})) {
            Recipe recipe = job.run();
            job.checkFits(recipe, Optional.of(ElementType.F16));
            job.writeModel(recipe, Optional.of(ElementType.F16), out, typed());
            return List.of(recipe.groups(), Sha256.of(out.resolve("model.safetensors")));
          }
        });
  }

  @Test
  void recoveryAndMerging() throws IOException {
    assertSame(
        (device, allowance, out) -> {
          try (RecoverJob job = new RecoverJob(demo, TUNING, 1, device, allowance, line -> {})) {
            Trainer.Result result =
                job.train(text.toString(), out.resolveSibling(out + ".state"), 1, QUIET);
            job.writeMerged(out, Optional.empty(), typed());
            return List.of(result, Sha256.of(out.resolve("model.safetensors")));
          }
        });
  }

  @Test
  void trainingFromRandomWeights() throws IOException {
    Checkpoint base = Checkpoint.open(demo);
    assertSame(
        (device, allowance, out) -> {
          Trainer.Result result =
              ScratchJob.run(
                  new ScratchTraining(base.decoder(), base, TUNING, 1e-3, 0.1, 1, device),
                  new TextRef(text.toString(), ""),
                  new TrainingState(out.resolveSibling(out + ".state"), 1, "me"),
                  Files.createDirectories(out),
                  QUIET,
                  line -> {});
          return List.of(result, Sha256.of(out.resolve("model.safetensors")));
        });
  }

  @Test
  void evaluationAndItsSpeed() throws IOException {
    LatencyProtocol latency = new LatencyProtocol(2, 8, 2, 0, 1);
    assertSame(
        (device, allowance, out) -> {
          try (EvaluateJob job =
              new EvaluateJob(
                  demo,
                  Optional.empty(),
                  () -> device,
                  allowance,
                  Precision.BFLOAT16,
                  line -> {})) {
            Latency measured =
                job.latency(text.toString(), latency, OptionalInt.of(2), (done, all) -> {});
            assertThat(measured.token().count()).isEqualTo(2);
            return job.perplexity(text.toString(), protocol(), (done, all) -> {});
          }
        });
  }

  private static Perplexity.Protocol protocol() {
    return new Perplexity.Protocol(16, 8, 4, PerplexityBegin.START);
  }

  @Test
  void generation() throws IOException {
    Generation asked = new Generation(List.of("dog:"), 6, 1, 20, 0.9, 1);
    assertSame(
        (device, allowance, out) -> {
          try (GenerateJob job =
              new GenerateJob(
                  demo, Optional.empty(), device, allowance, Precision.FLOAT32, line -> {})) {
            return job.run(asked).stream().map(Continuation::text).toList();
          }
        });
  }
}
