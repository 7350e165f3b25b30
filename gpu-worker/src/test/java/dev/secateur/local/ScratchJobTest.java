package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import dev.secateur.Settings;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.training.ScratchTraining;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingNotices;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchJobTest {
  @TempDir Path folder;

  private Trainer.Result train(List<String> told, int failures) throws IOException {
    AtomicInteger left = new AtomicInteger(failures);
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void noticed(TrainingNotices notices) {}

          @Override
          public void stepDone(Trainer.Step step) {
            if (left.getAndDecrement() > 0) {
              throw new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB");
            }
          }
        };
    Checkpoint demo = Checkpoint.open(DemoModel.extract(folder.resolve("models")));
    Tuning tuning =
        Settings.read(
            Tuning.class,
            """
            {template: 'plain', budget: {steps: 1, epochs: 1, batch: 2, microBatch: 2},
             learningRate: 1e-3, schedule: 'constant', rank: 2, alpha: 4, cutoff: 32,
             precision: 'float32'}
            """);
    Path text = Files.writeString(folder.resolve("text.txt"), "a tree bears leaves\n".repeat(99));
    return ScratchJob.run(
        new ScratchTraining(demo.decoder(), demo, tuning, 1e-3, 0, 1, Device.cpu()),
        new TextRef(text.toString(), ""),
        new TrainingState(folder.resolve("state"), 50, "me"),
        Files.createTempDirectory(folder, "out"),
        listener,
        told::add);
  }

  @Test
  void halvesTheMicroBatchWhenMemoryRunsOut() throws IOException {
    List<String> told = new ArrayList<>();
    Trainer.Result halved = train(told, 1);
    assertThat(told).containsExactly("out of memory; retrying with micro-batch 1");
    assertThat(halved.loss()).isCloseTo(train(told, 0).loss(), within(1e-5));
  }

  @Test
  void saysWhatTakesTheMemoryWhenNothingTakesLess() {
    assertThatThrownBy(() -> train(new ArrayList<>(), 2))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessage(
            "the device is out of memory: a training of 8 layers and 3837120 parameters, one row of"
                + " 32 tokens at a time (--checkpointing needs less)");
  }
}
