package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.local.bench.EstimateBench;
import dev.secateur.local.bench.RandomLlama;
import dev.secateur.local.bench.RecoverBench;
import dev.secateur.local.bench.StreamBench;
import dev.secateur.model.Initialization;
import dev.secateur.model.Model;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.SelfTest;
import dev.secateur.training.Trainable;
import dev.secateur.training.Trainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Random models and what measures a machine keep host and device apart. */
class DeviceBenchmarksTest {
  @Test
  void aTrainingFromRandomWeights() throws IOException {
    List<List<Double>> losses = new ArrayList<>();
    for (Device device : List.of(Device.cpu(), Devices.SIMULATED)) {
      Checkpoint shape = Checkpoint.open(Fixtures.resource("families/llama-mha"));
      List<Double> found = new ArrayList<>();
      try (Model model =
          new Model(shape.decoder(), Initialization.random(shape.decoder(), 3, device))) {
        new Trainer(
                Trainable.whole(model),
                ModelWork.settings(2, false),
                step -> ModelWork.batch(6, 10))
            .run(step -> found.add(step.loss()));
      }
      losses.add(found);
    }
    assertThat(losses.get(1)).isEqualTo(losses.get(0));
  }

  @Test
  void theBenchmarksOfRandomModels() {
    RandomLlama size = new RandomLlama(2, 16, 24, 2, 64);
    assertThat(new EstimateBench(size, 2, 8, 1, true).run(Devices.SIMULATED))
        .containsKeys("forward", "first order", "second order", "ranking");
    assertThat(RecoverBench.tokensPerSecond(size, 2, 8, 1, true, Devices.SIMULATED)).isPositive();
  }

  @Test
  void theBenchmarkTellsOfCopies() {
    Checkpoint checkpoint = Checkpoint.open(Fixtures.resource("families/llama-mha"));
    assertThat(
            new StreamBench(checkpoint, 2, 8, Device.cpu()).run(StreamBench.Timed.FIRST_ORDER, 1))
        .containsEntry("forward pass, bytes copied to the device", 0.0)
        .doesNotContainKey("forward pass, share of copying hidden");
    assertThat(
            new StreamBench(checkpoint, 2, 8, Devices.SIMULATED).run(StreamBench.Timed.RECOVERY, 1))
        .containsKeys("forward pass, share of copying hidden", "step of recovery, seconds")
        .extractingByKey("forward pass, bytes copied to the device")
        .matches(bytes -> bytes > 0);
  }

  @Test
  void theNativesAreTested() {
    SelfTest.run(Devices.SIMULATED);
  }
}
