package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.EditedCheckpoint;
import dev.secateur.Fixtures;
import dev.secateur.evaluation.Verification;
import dev.secateur.json.Json;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.Model;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.TextModel;
import dev.secateur.protocol.InputException;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Slicer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text models within models of text and images. */
class TextModelTest {

  @TempDir Path folder;

  /** A tiny checkpoint as the text model of another. */
  private Path wrapped(String wrapper, String family, UnaryOperator<String> names) {
    return EditedCheckpoint.of(family, folder)
        .config(
            config -> {
              ObjectNode text = config.deepCopy();
              text.remove(List.of("architectures", "bos_token_id", "eos_token_id"));
              config.removeAll();
              config.put("model_type", wrapper).put("eos_token_id", 7);
              config.set("text_config", text);
              config.putObject("vision_config").put("hidden_size", 16);
            })
        .tensors(
            tensors -> {
              for (String name : List.copyOf(tensors.names())) {
                tensors.rename(name, names.apply(name));
              }
              tensors.copy(tensors.names().iterator().next(), "vision_tower.anything.weight");
            })
        .folder();
  }

  private static String older(String name) {
    return "language_model." + name;
  }

  private static String newer(String name) {
    return name.replaceFirst("^model\\.", "model.language_model.");
  }

  @ParameterizedTest
  @CsvSource({
    "gemma3, gemma3, gemma3_text",
    "mistral3, mistral, mistral",
    "llava, llama-mha, llama",
    "internvl, qwen3, qwen3"
  })
  void computesWhatItsTextModelDoes(String wrapper, String family, String type) {
    for (UnaryOperator<String> names :
        List.<UnaryOperator<String>>of(TextModelTest::older, TextModelTest::newer)) {
      Checkpoint whole = Checkpoint.open(wrapped(wrapper, family, names));
      assertThat(whole.decoder().family()).isEqualTo(type);
      assertThat(whole.textModel().map(TextModel::line))
          .contains(
              "'%s' is read as its text model, '%s'; its vision parts are left out"
                  .formatted(wrapper, type));
      Path file = Fixtures.resource("families/" + family).resolve("golden.safetensors");
      try (SafetensorsFile golden = SafetensorsFile.open(file);
          Model model = CheckpointReader.load(whole, Device.cpu())) {
        assertThat(Verification.of(model, golden, family))
            .allSatisfy(difference -> assertThat(difference.error()).isLessThan(1e-4));
      }
    }
  }

  @Test
  void isWrittenAsATextModel() throws IOException {
    Checkpoint whole = Checkpoint.open(wrapped("gemma3", "gemma3", TextModelTest::older));
    Path target = folder.resolve("pruned");
    try (Model model = CheckpointReader.load(whole, Device.cpu());
        Model pruned = Slicer.slice(model, List.of(new Recipe.Group("layers", 4, List.of(1))))) {
      CheckpointWriter.write(pruned, whole, WrittenTypes.all(ElementType.F32), target);
    }
    Checkpoint written = Checkpoint.open(target);
    assertThat(written.textModel()).isEmpty();
    assertThat(written.config().json().path("architectures").path(0).asText())
        .isEqualTo("Gemma3ForCausalLM");
    assertThat(written.config().json().path("eos_token_id").asInt()).isEqualTo(7);
    assertThat(written.config().json().has("vision_config")).isFalse();
    assertThat(written.config().texts("layer_types"))
        .contains(List.of("sliding_attention", "full_attention", "sliding_attention"));
    try (SafetensorsFile file = SafetensorsFile.open(target.resolve("model.safetensors"))) {
      assertThat(file.tensors().keySet()).allMatch(name -> name.startsWith("model."));
    }
  }

  /** As the configs of Gemma 3 4B and of LLaVA 1.5 leave them out. */
  @Test
  void takesSizesThatAreNotStatedFromTheClass() throws IOException {
    Decoder gemma =
        decoder(
            """
            {"model_type": "gemma3", "text_config": {"hidden_size": 2560,
             "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
             "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}}""");
    assertThat(Costs.of(gemma, 1).parameters()).isEqualTo(3_880_263_168L);
    Decoder llava =
        decoder(
            """
            {"model_type": "llava", "text_config": {"model_type": "llama", "vocab_size": 32064,
             "max_position_embeddings": 4096, "rms_norm_eps": 1e-05}}""");
    assertThat(Costs.of(llava, 1).parameters()).isEqualTo(6_738_939_904L);
  }

  @ParameterizedTest
  @CsvSource({
    "gemma3_text, '', false",
    "llama, '', true",
    "qwen2, ', \"tie_word_embeddings\": true', false"
  })
  void llavaSharesItsOutputLayerAsItsTextModelsClassDoes(String type, String said, boolean own)
      throws IOException {
    Decoder llava =
        decoder(
            """
            {"model_type": "llava", "text_config": {"model_type": "%s", "vocab_size": 10,
             "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4%s}}"""
                .formatted(type, said));
    assertThat(llava.parameters().stream().anyMatch(p -> p.name().startsWith("lm_head")))
        .isEqualTo(own);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"model_type\": \"gemma3\"} | 'text_config' is missing",
        "{\"model_type\": \"gemma3\", \"text_config\": 3} | 'text_config' is 3, not an object",
        "{\"model_type\": \"mistral3\", \"text_config\": {\"model_type\": \"ministral3\"}} |"
            + " 'text_config.model_type' is 'ministral3'; text models that are read",
        "{\"model_type\": \"mistral3\", \"text_config\": {\"hidden_size\": 0}} |"
            + " 'text_config.hidden_size' is 0, not a positive whole number",
        "{\"model_type\": \"mistral3\", \"text_config\": {}, \"quantization_config\": {\"bits\": 8}}"
            + " | 'text_config.quantization_config' says that the weights are quantised",
        "{\"model_type\": \"paligemma\", \"text_config\": {\"model_type\": \"gemma2\"}} |"
            + " 'model_type' is 'paligemma', an unknown family"
      })
  void isRefusedByItsKey(String config, String complaint) {
    assertThatThrownBy(() -> decoder(config))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(complaint);
  }

  private static Decoder decoder(String config) throws IOException {
    return Families.of(ModelConfig.of(Path.of("config.json"), Json.MAPPER.readTree(config)));
  }
}
