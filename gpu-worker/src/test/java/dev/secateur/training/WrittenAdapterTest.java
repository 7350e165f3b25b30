package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.PythonTools;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters as they are written, read by Secateur and, where Python is named, by PEFT. */
class WrittenAdapterTest {
  private static final String[] IDS = {"3", "17", "5", "90", "44", "8"};

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "mixtral", "qwen3-moe", "gpt-oss"})
  void areReadAsTheyWere(String family) throws IOException {
    Path checkpoint = Fixtures.resource("families/" + family);
    try (Model model = open(checkpoint);
        LoraAdapter written = random(model);
        Model merged = written.merge(model)) {
      written.write(folder, AdapterBase.of(family, checkpoint));
      try (PeftAdapter read = PeftAdapter.read(folder, model.decoder(), Device.cpu());
          Model again = read.merge(model)) {
        merged
            .weights()
            .arrays()
            .forEach(
                (name, array) ->
                    assertThat(again.weights().get(name).toFloatArray())
                        .as(name)
                        .isEqualTo(array.toFloatArray()));
      }
    }
  }

  @Test
  void nameTheirBaseAndHowItsWeightsAreStored() throws IOException {
    Path checkpoint = Fixtures.resource("families/gpt2");
    try (Model model = open(checkpoint);
        LoraAdapter adapter = random(model)) {
      adapter.write(folder, AdapterBase.of("gpt2", checkpoint));
      assertThat(config().path("base_model_name_or_path").asText())
          .isEqualTo(checkpoint.toAbsolutePath().toString());
      assertThat(config().path("fan_in_fan_out").asBoolean()).isTrue();
      assertThat(config().path("revision").isNull()).isTrue();
      adapter.write(folder, AdapterBase.of("hf:owner/name@abc", checkpoint));
      assertThat(config().path("base_model_name_or_path").asText()).isEqualTo("owner/name");
      assertThat(config().path("revision").asText()).isEqualTo("abc");
      adapter.write(folder, AdapterBase.NONE);
      assertThat(config().path("base_model_name_or_path").isNull()).isTrue();
    }
    try (Model model = open(Fixtures.resource("families/qwen2"));
        LoraAdapter adapter = random(model)) {
      adapter.write(folder, AdapterBase.NONE);
      assertThat(config().path("fan_in_fan_out").asBoolean(true)).isFalse();
    }
  }

  /** What llama.cpp's converter of adapters reads: the base, alpha, and pairs of matrices. */
  @Test
  void haveWhatTheConverterToGgufReads() throws IOException {
    try (Model model = open(Fixtures.resource("families/llama-gqa-tied"));
        LoraAdapter adapter = random(model)) {
      adapter.write(folder, AdapterBase.of("base", folder));
    }
    assertThat(config().path("base_model_name_or_path").isTextual()).isTrue();
    assertThat(config().path("lora_alpha").isNumber()).isTrue();
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(file.tensors().keySet())
          .allMatch(name -> name.matches("base_model\\.model\\..+\\.lora_[AB]\\.weight"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "mixtral", "qwen3-moe", "gpt-oss"})
  void areLoadedByPeftWithTheirBase(String family) throws IOException {
    PythonTools python = PythonTools.with("torch", "transformers", "peft");
    Path checkpoint = Fixtures.resource("families/" + family);
    try (Model model = open(checkpoint);
        LoraAdapter adapter = random(model);
        Model merged = adapter.merge(model);
        NDManager scope = NDManager.newBaseManager()) {
      adapter.write(folder, AdapterBase.of(family, checkpoint));
      Object[] arguments =
          IntStream.range(0, IDS.length + 1).mapToObj(i -> i == 0 ? folder : IDS[i - 1]).toArray();
      double[] theirs =
          python
              .run("adapter_logits.py", arguments)
              .lines()
              .mapToDouble(Double::parseDouble)
              .toArray();
      long[] ids = List.of(IDS).stream().mapToLong(Long::parseLong).toArray();
      float[] ours = merged.logits(scope, Batch.causal(new long[][] {ids})).toFloatArray();
      assertThat(ours).hasSameSizeAs(theirs);
      for (int i = 0; i < ours.length; i++) {
        assertThat((double) ours[i]).as("logit %d", i).isCloseTo(theirs[i], offset(1e-4));
      }
    }
  }

  private JsonNode config() throws IOException {
    return Json.MAPPER.readTree(folder.resolve("adapter_config.json").toFile());
  }

  private static Model open(Path checkpoint) {
    return CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu());
  }

  /** On all affine maps of the blocks, and neither matrix zero. */
  private static LoraAdapter random(Model model) {
    List<String> targets = LoraSettings.allProjections(model.decoder());
    LoraAdapter adapter = LoraAdapter.fresh(model, new LoraSettings(2, 5, 0.1, targets), 7);
    Random random = new Random(3);
    for (NDArray array : adapter.arrays().values()) {
      float[] values = new float[(int) array.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (0.2 * random.nextGaussian());
      }
      try (NDManager scope = array.getManager().newSubManager()) {
        Kernels.get().write(array, 0, scope.create(values));
      }
    }
    return adapter;
  }
}
