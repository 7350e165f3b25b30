package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Path source = Fixtures.resource("families/llama-mha");
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(source.resolve(name), folder.resolve(name));
    }
  }

  private void replaceInConfig(String from, String to) throws IOException {
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains(from);
    Files.writeString(config, text.replace(from, to));
  }

  private void refuses(String complaint) {
    assertThatThrownBy(() -> Checkpoint.open(folder).check())
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(complaint)
        .message()
        .hasLineCount(1);
  }

  @Test
  void refusesAFolderThatIsNotThere() {
    assertThatThrownBy(() -> Checkpoint.open(folder.resolve("none")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no such checkpoint folder");
  }

  @Test
  void refusesAnUnknownFamilyByName() throws IOException {
    replaceInConfig("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"");
    refuses("'model_type' is 'mamba', an unknown family; known are baichuan, bloom");
  }

  @Test
  void refusesUnsupportedOptionsByName() throws IOException {
    replaceInConfig("\"silu\"", "\"mish\"");
    refuses("'hidden_act' is 'mish'");
    replaceInConfig("\"mish\"", "\"silu\"");
    replaceInConfig("\"rope_type\": \"default\"", "\"rope_type\": \"proportional\"");
    refuses("rotary positions of type 'proportional'");
  }

  @Test
  void refusesAMissingSize() throws IOException {
    replaceInConfig("\"intermediate_size\": 88,", "");
    refuses("'intermediate_size' is missing");
  }

  @Test
  void refusesATensorOfAnotherShape() throws IOException {
    replaceInConfig("\"intermediate_size\": 88", "\"intermediate_size\": 96");
    refuses(
        "tensor 'model.layers.0.mlp.gate_proj.weight' has shape [88, 32], but the config"
            + " requires [96, 32]");
  }

  @Test
  void refusesAMissingTensor() throws IOException {
    replaceInConfig("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");
    refuses("tensor 'model.layers.3.input_layernorm.weight' is missing");
  }

  @Test
  void refusesATruncatedFile() throws IOException {
    Path file = folder.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 100));
    refuses("truncated");
  }

  @Test
  void refusesAPickleAndSaysWhatToDo() throws IOException {
    Files.move(folder.resolve("model.safetensors"), folder.resolve("pytorch_model.bin"));
    refuses("save the model with safe_serialization=True");
  }

  @Test
  void refusesATokenizerThatIsMissingOrCorrupt() throws IOException {
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tokenizer.json: no such file");
    for (String content : List.of("", "{\"model\": ", "{}", "{\"model\": {\"type\": \"X\"}}")) {
      Files.writeString(folder.resolve("tokenizer.json"), content);
      assertThatThrownBy(() -> Tokenizer.open(folder))
          .as(content)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("tokenizer.json")
          .message()
          .hasLineCount(1);
    }
  }

  @Test
  void readsShardsThatAnIndexNames() throws IOException {
    Path single = folder.resolve("model.safetensors");
    StringBuilder index = new StringBuilder("{\"weight_map\":{");
    try (SafetensorsFile whole = SafetensorsFile.open(single)) {
      List<String> names = new ArrayList<>(whole.tensors().keySet());
      for (int shard = 0; shard < 2; shard++) {
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (int i = shard; i < names.size(); i += 2) {
          StoredTensor stored = whole.tensor(names.get(i));
          tensors.add(
              new SafetensorsWriter.Tensor(
                  stored.name(),
                  stored.type(),
                  stored.shape(),
                  (start, count, target) -> target.put(whole.map(stored, start, count))));
          index.append(index.toString().endsWith("{") ? "" : ",");
          index.append("\"" + names.get(i) + "\":\"part-" + shard + ".safetensors\"");
        }
        SafetensorsWriter.write(
            folder.resolve("part-" + shard + ".safetensors"), Map.of(), tensors);
      }
    }
    Files.writeString(folder.resolve("model.safetensors.index.json"), index + "}}");
    float[] expected;
    try (Model model = CheckpointReader.load(Checkpoint.open(folder), Device.cpu())) {
      expected = model.weights().get("lm_head.weight").toFloatArray();
    }
    Files.delete(single);
    try (Model model = CheckpointReader.load(Checkpoint.open(folder), Device.cpu())) {
      assertThat(model.weights().get("lm_head.weight").toFloatArray()).isEqualTo(expected);
    }
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        (index + "}}").replace("part-0", "../part-0"));
    refuses("lies outside the checkpoint folder");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          "a\\u0000b.safetensors"; is 'a\\u0000b.safetensors', which can't be the name of a file
          "../a.safetensors"; is '../a.safetensors', which lies outside the checkpoint folder
          "/etc/a.safetensors"; is '/etc/a.safetensors', which lies outside the checkpoint folder
          "a/../../a.safetensors"; which lies outside the checkpoint folder
          "pytorch_model.bin"; is "pytorch_model.bin", not the name of a .safetensors file
          5; is 5, not the name of a .safetensors file
          null; is null, not the name of a .safetensors file
          """)
  void refusesShardsThatAreNoFilesOfTheFolder(String shard, String problem) throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"lm_head.weight\": " + shard + "}}");
    refuses("model.safetensors.index.json: the shard of 'lm_head.weight' ");
    refuses(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"weight_map\": []}", "{\"weight_map\": {}}"})
  void refusesAnIndexWithoutWeights(String index) throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    Files.writeString(folder.resolve("model.safetensors.index.json"), index);
    refuses("'weight_map' is missing, empty or not an object");
  }
}
