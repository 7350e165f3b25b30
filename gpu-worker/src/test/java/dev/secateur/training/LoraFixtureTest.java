package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Schedule;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run of PEFT, repeated: the same first adapter and batches give the same losses and the same
 * last adapter.
 */
class LoraFixtureTest {
  @TempDir Path folder;

  @Test
  void repeatsARunOfPeft() throws IOException {
    JsonNode losses =
        Json.MAPPER.readTree(Fixtures.resource("lora/losses.json").toFile()).get("losses");
    TrainingSettings settings =
        new TrainingSettings(
            losses.size(),
            4,
            1e-2,
            0,
            Schedule.CONSTANT,
            0,
            0.9,
            0.999,
            1e-8,
            Double.POSITIVE_INFINITY,
            false,
            1);
    List<Double> found = new ArrayList<>();
    try (Model model =
            CheckpointReader.load(
                Checkpoint.open(Fixtures.resource("families/llama-gqa-tied")), Device.cpu());
        LoraAdapter adapter =
            LoraAdapter.fresh(
                model, new LoraSettings(4, 8, 0, LoraSettings.allProjections(model.decoder())), 1);
        SafetensorsFile first =
            SafetensorsFile.open(Fixtures.resource("lora/init/adapter_model.safetensors"))) {
      adapter.arrays().forEach((name, array) -> begin(array, first, AdapterTensors.PREFIX + name));
      new Trainer(new Lora(model, adapter), settings, this::batch)
          .run(step -> found.add(step.loss()));
      adapter.write(folder, AdapterBase.NONE);
    }
    for (int step = 0; step < losses.size(); step++) {
      assertThat(found.get(step))
          .as("step %d", step)
          .isCloseTo(losses.get(step).asDouble(), withPercentage(0.1));
    }
    assertSameAdapter(folder, Fixtures.resource("lora/final"));
  }

  private static void begin(NDArray array, SafetensorsFile first, String name) {
    try (NDManager scope = NDManager.newBaseManager()) {
      Kernels.get().write(array, 0, CheckpointReader.load(first, name, scope).flatten());
    }
  }

  private Batch batch(int step) {
    try (SafetensorsFile file =
        SafetensorsFile.open(Fixtures.resource("lora/batches.safetensors"))) {
      long[] flat = file.integers("input_ids");
      return Batch.causal(
          IntStream.range(step * 4, step * 4 + 4)
              .mapToObj(row -> Arrays.copyOfRange(flat, row * 16, (row + 1) * 16))
              .toArray(long[][]::new));
    }
  }

  private static void assertSameAdapter(Path found, Path expected) {
    try (SafetensorsFile a = SafetensorsFile.open(found.resolve("adapter_model.safetensors"));
        SafetensorsFile b = SafetensorsFile.open(expected.resolve("adapter_model.safetensors"))) {
      assertThat(a.tensors().keySet()).hasSameElementsAs(b.tensors().keySet());
      double difference = 0;
      double norm = 0;
      for (String name : b.tensors().keySet()) {
        double[] left = a.reals(name);
        double[] right = b.reals(name);
        for (int i = 0; i < right.length; i++) {
          difference += Math.pow(left[i] - right[i], 2);
          norm += right[i] * right[i];
        }
      }
      assertThat(Math.sqrt(difference / norm)).isLessThan(1e-3);
    }
  }
}
