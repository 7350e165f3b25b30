package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.PrunedDecoder;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StockConfigTest {
  @TempDir Path folder;

  private static Decoder decoder(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family)).decoder();
  }

  /** Each of three layers loses the same. */
  private static List<Recipe.Group> everywhere(int heads, int headsGone, int mlp, int mlpGone) {
    List<Recipe.Group> groups = new ArrayList<>();
    for (int layer = 0; layer < 3; layer++) {
      groups.add(group("layers." + layer + ".attention", heads, headsGone));
      groups.add(group("layers." + layer + ".mlp", mlp, mlpGone));
    }
    return groups;
  }

  private static Recipe.Group group(String name, int units, int gone) {
    return new Recipe.Group(name, units, IntStream.range(0, gone).boxed().toList());
  }

  private static JsonNode config(String family, List<Recipe.Group> groups) {
    return stock(family, groups).json();
  }

  private static StockConfig stock(String family, List<Recipe.Group> groups) {
    return StockConfig.of(Pruning.prune(decoder(family), groups));
  }

  @Test
  void saysInWhichBlocksWidthsDiffer() {
    assertThat(
            stock(
                    "llama-mha",
                    List.of(group("layers.1.mlp", 88, 8), group("layers.0.attention", 4, 1)))
                .problem())
        .isEqualTo(
            "blocks have uneven widths: 3 query and 3 key/value heads in block 0, 4 query and 4"
                + " key/value heads in blocks 1-2; 88 MLP channels in blocks 0, 2, 80 MLP channels"
                + " in block 1");
  }

  @Test
  void saysWhyAFamilysClassHasNoSuchSizes() {
    assertThat(stock("llama-mha", List.of()).problem()).isEmpty();
    assertThat(stock("llama-mha", everywhere(4, 1, 88, 8)).problem()).isEmpty(); // as Mistral
    assertThat(stock("llama-bias", everywhere(4, 1, 88, 8)).problem())
        .isEqualTo(
            "the class of 'llama' does not support width 32 with 3 heads: it is not a multiple of 3");
    assertThat(stock("gpt2", everywhere(4, 2, 128, 8)).problem())
        .isEqualTo("the class of 'gpt2' would make heads of 16 channels of these sizes, not of 8");
    assertThat(stock("gemma2", List.of(group("residual", 32, 8))).problem())
        .contains("the class of 'gemma2' would compute other");
    assertThat(stock("chatglm", List.of()).problem())
        .contains("no class for the model_type 'chatglm'");
  }

  @Test
  void theCodeOfABaseThatTransformersHasNoClassOfStaysNamed() {
    JsonNode chatglm = config("chatglm", List.of(group("layers.1.mlp", 96, 8)));
    assertThat(chatglm.has(PrunedDecoder.KEY)).isTrue();
    assertThat(chatglm.path("auto_map").toString()).doesNotContain("modeling_secateur");
    assertThat(config("mixtral", List.of(group("layers.1.experts", 4, 1))).path("auto_map"))
        .asString()
        .contains("modeling_secateur");
  }

  @Test
  void saysWhereAConfigClassCountsByWidthAndHeads() {
    List<Recipe.Group> channels = List.of(group("residual", 32, 8));
    assertThat(stock("phi3-longrope", channels).problem())
        .isEqualTo(
            "the class of 'phi3' needs 3 short_factors for a width of 24 and 4 heads, not 4");
    assertThat(stock("phi4-mini", channels).problem()).isEmpty();
    assertThat(stock("gemma2", List.of(group("residual", 32, 2))).problem())
        .isEqualTo(
            "the class of 'gemma2' does not support width 30 with 4 heads: it is not a multiple of 4");
  }

  @Test
  void keepsWhatIsStatedForEachLayer() {
    JsonNode smol = config("smollm3", List.of(new Recipe.Group("layers", 4, List.of(0, 2))));
    assertThat(smol.path("no_rope_layers")).extracting(JsonNode::asInt).containsExactly(1, 0);
    assertThat(smol.path("layer_types")).hasSize(2);
    JsonNode gemma = config("gemma3", List.of(new Recipe.Group("layers", 4, List.of(0))));
    assertThat(gemma.path("layer_types"))
        .extracting(JsonNode::asText)
        .containsExactly("sliding_attention", "full_attention", "sliding_attention");
  }

  @Test
  void statesShapesWhereLayersDiffer() {
    JsonNode config = config("llama-mha", List.of(group("layers.1.mlp", 88, 8)));
    assertThat(config.path(PrunedDecoder.KEY).path("shapes").size()).isEqualTo(3);
    assertThat(config.get("intermediate_size").asInt()).isEqualTo(88);
  }

  @Test
  void writesSizesWhereAllLayersAreAlike() {
    JsonNode config = config("llama-gqa-tied", everywhere(2, 1, 88, 8));
    assertThat(config.has(PrunedDecoder.KEY)).isFalse();
    assertThat(config.get("model_type").asText()).isEqualTo("llama");
    assertThat(config.get("num_attention_heads").asInt()).isEqualTo(2);
    assertThat(config.get("num_key_value_heads").asInt()).isEqualTo(1);
    assertThat(config.get("intermediate_size").asInt()).isEqualTo(80);
    assertThat(config.get("head_dim").asInt()).isEqualTo(8);
  }

  /**
   * LlamaConfig refuses a width that the heads do not divide; Mistral's computes the same model.
   */
  @Test
  void becomesMistralWhereLlamaIsRefused() {
    JsonNode config = config("llama-mha", everywhere(4, 1, 88, 8));
    assertThat(config.has(PrunedDecoder.KEY)).isFalse();
    assertThat(config.get("model_type").asText()).isEqualTo("mistral");
    assertThat(config.get("num_attention_heads").asInt()).isEqualTo(3);
    assertThat(config.get("sliding_window").isNull()).isTrue();
    assertThat(config("llama-bias", everywhere(4, 1, 88, 8)).has(PrunedDecoder.KEY)).isTrue();
  }

  @Test
  void channelsOfGemmaKeepTheEmbeddingsScaleAndSoAreStated() {
    JsonNode config = config("gemma2", List.of(group("residual", 32, 8)));
    assertThat(config.has(PrunedDecoder.KEY)).isTrue(); // its scale follows from the base's width
    assertThat(config.get("hidden_size").asInt()).isEqualTo(32);
    JsonNode qwen = config("qwen3", List.of(group("residual", 32, 8)));
    assertThat(qwen.has(PrunedDecoder.KEY)).isFalse();
    assertThat(qwen.get("hidden_size").asInt()).isEqualTo(24);
  }

  @Test
  void fewerLayersNeedNoKey() {
    JsonNode gemma = config("gemma2", List.of(new Recipe.Group("layers", 3, List.of(0))));
    assertThat(gemma.has(PrunedDecoder.KEY)).isFalse();
    assertThat(gemma.get("num_hidden_layers").asInt()).isEqualTo(2);
    assertThat(gemma.get("layer_types")).hasSize(2);
    assertThat(gemma.get("layer_types").get(0).asText()).isEqualTo("full_attention");
  }

  @Test
  void shardsLargeCheckpointsAndReadsThemBack() throws IOException {
    Path source = Fixtures.resource("families/llama-mha");
    try (Model model = CheckpointReader.load(Checkpoint.open(source), Device.cpu())) {
      CheckpointWriter.write(model, ElementType.F32, folder);
      java.nio.file.Files.delete(folder.resolve("model.safetensors"));
      CheckpointWriter.writeWeights(model, WrittenTypes.all(ElementType.F32), folder, 60_000);
      try (Model read = CheckpointReader.load(Checkpoint.open(folder), Device.cpu())) {
        assertThat(folder).isDirectoryContaining("glob:**/model-00002-of-*.safetensors");
        model
            .weights()
            .arrays()
            .forEach(
                (name, array) ->
                    assertThat(read.weights().get(name).toFloatArray())
                        .isEqualTo(array.toFloatArray()));
      }
    }
  }
}
