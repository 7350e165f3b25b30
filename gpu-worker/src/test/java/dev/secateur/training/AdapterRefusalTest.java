package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with an adapter is told in one line, with the file and the key or tensor. */
class AdapterRefusalTest {
  private static final String FIRST = "base_model.model.model.layers.0.self_attn.q_proj.lora_";
  private static Model base;

  @TempDir Path folder;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  @BeforeAll
  static void load() {
    base =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/llama-gqa-tied")), Device.cpu());
  }

  @AfterAll
  static void close() {
    base.close();
  }

  @BeforeEach
  void makeAnAdapterThatFits() throws IOException {
    for (int layer = 0; layer < base.decoder().layers(); layer++) {
      String name = FIRST.replace(".0.", "." + layer + ".");
      put(name + "A.weight", 0.5f, 2, 32);
      put(name + "B.weight", 0.5f, 32, 2);
    }
    config("{'peft_type': 'LORA', 'r': 2, 'lora_alpha': 4, 'target_modules': ['q_proj']}");
  }

  @Test
  void takesTheAdapterThatTheOthersAreMadeOf() throws IOException {
    assertThat(merged()).isNotEmpty();
  }

  @Test
  void hasPeftsDefaultsForRankAndAlpha() throws IOException {
    for (int layer = 0; layer < base.decoder().layers(); layer++) {
      String name = FIRST.replace(".0.", "." + layer + ".");
      put(name + "A.weight", 0.5f, 8, 32);
      put(name + "B.weight", 0.5f, 32, 8);
    }
    config("{'peft_type': 'LORA', 'r': 8, 'lora_alpha': 8, 'target_modules': ['q_proj']}");
    float[] stated = merged();
    config("{'peft_type': 'LORA', 'target_modules': ['q_proj']}");
    assertThat(merged()).isEqualTo(stated);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          peft_type | 'LOHA' | is "LOHA"; "LORA" is supported
          r | 0 | is 0, not a positive whole number
          r | 2.5 | is 2.5, not a positive whole number
          r | '2' | is "2", not a positive whole number
          lora_alpha | '4' | is "4", not a number
          lora_alpha | null | is null, not a number
          lora_alpha | 1e999 | not a number
          lora_dropout | true | is true, not a number
          use_rslora | 1 | is 1, not true or false
          use_dora | 'yes' | is "yes", not true or false
          fan_in_fan_out | 0 | is 0, not true or false
          rank_pattern | ['q_proj'] | not an object from modules to numbers
          alpha_pattern | {'(': 3} | has '(', not a regular expression
          target_modules | null | is null; it must be a list of names
          target_modules | [] | it must be a list of names
          target_modules | [7] | has 7, not the name of a module
          target_modules | '(' | has '(', not a regular expression
          target_modules | 'q_proj' | leaves no layer of the model; there are down_proj
          target_modules | ['q_proj', 'v_porj'] | has 'v_porj', which no layer of the model is named; there are down_proj, embed_tokens, gate_proj, k_proj, lm_head, o_proj, q_proj, up_proj, v_proj; did you mean 'v_proj'?
          exclude_modules | ['q_proj'] | leaves no layer of the model
          exclude_modules | 3 | is 3, not the name of a module
          layers_to_transform | 7 | leaves no layer of the model
          layers_to_transform | '1' | has "1", not a whole number
          layers_pattern | 'layers' | needs 'layers_to_transform'
          modules_to_save | ['score'] | has 'score', which no layer of the model is named
          modules_to_save | ['a(b'] | has 'a(b', not the name of a module
          bias | 'lora_only' | is "lora_only"; "none" is supported
          init_lora_weights | 'pissa_niter_16' | changes the base's weights as well
          trainable_token_indices | [1] | which is not supported
          alora_invocation_tokens | [1, 2] | which is not supported
          layer_replication | [[0, 2]] | which is not supported
          target_parameters | ['x'] | which is not supported
          megatron_config | {'a': 1} | which is not supported
          use_qalora | true | which is not supported
          use_rslroa | true | is unknown, and may change what the adapter computes; known are the keys of PEFT 0.21; did you mean 'use_rslora'?
          """)
  void namesTheKeyThatIsWrong(String key, String value, String problem) throws IOException {
    ObjectNode config = (ObjectNode) json(Files.readString(file()));
    config.set(key, json(value.replace('\'', '"')));
    Files.writeString(file(), config.toString());
    String word = problem.startsWith("leaves") ? "target_modules" : key;
    assertThatThrownBy(this::merged)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file() + ": '" + word + "' ")
        .hasMessageContaining(problem)
        .message()
        .hasLineCount(1)
        .doesNotContainPattern("[a-z]\\.[a-z]+\\.[A-Z]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'use_qalora': false, 'layer_replication': null, 'target_parameters': []",
        "'loftq_config': {}, 'eva_config': {'rho': 2.0}, 'init_lora_weights': 'eva'",
        "'base_model_name_or_path': 'x', 'peft_version': '0.21.0', 'lora_dropout': 0.1",
        "'layers_pattern': null, 'bias': 'none', 'runtime_config': {}"
      })
  void takesKeysThatChangeNoNumber(String keys) throws IOException {
    float[] without = merged();
    config(
        "{'peft_type': 'LORA', 'r': 2, 'lora_alpha': 4, 'target_modules': ['q_proj'], "
            + keys
            + "}");
    assertThat(merged()).isEqualTo(without);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'r': 2 | :1: not valid JSON: Unexpected end-of-input
          {'r': 2} x | :1: not valid JSON: Unrecognized token 'x'
          {'r': 2, 'r': 4} | :1: not valid JSON: Duplicate field 'r'
          {'r': NaN} | :1: not valid JSON: Non-standard token 'NaN'
          [] | : not a JSON object but []
          7 | : not a JSON object but 7
          """)
  void namesTheFileThatIsNoJsonObject(String text, String problem) throws IOException {
    config(text);
    assertThatThrownBy(this::merged)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file() + problem)
        .message()
        .hasLineCount(1)
        .doesNotContain("Source", "Exception");
  }

  @Test
  void namesTheFileThatIsEmptyOrMissing() throws IOException {
    config("");
    assertThatThrownBy(this::merged).hasMessage(file() + ": is empty, not JSON");
    Files.delete(file());
    assertThatThrownBy(this::merged).hasMessageStartingWith(file() + ": no such file; ");
    Path nowhere = folder.resolve("nowhere");
    assertThatThrownBy(() -> PeftAdapter.read(nowhere, base.decoder(), Device.cpu()))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(nowhere + ": no such folder; ");
  }

  @Test
  void namesTheFileOfTensorsThatIsMissingOrAPickle() throws IOException {
    Path file = folder.resolve("adapter_model.safetensors");
    assertThatThrownBy(() -> PeftAdapter.read(folder, base.decoder(), Device.cpu()))
        .hasMessage(file + ": no such file");
    Files.writeString(folder.resolve("adapter_model.bin"), "pickle");
    assertThatThrownBy(() -> PeftAdapter.read(folder, base.decoder(), Device.cpu()))
        .hasMessage(
            file
                + ": no such file; adapter_model.bin is a pickle, save the adapter as safetensors");
  }

  @Test
  void refusesARankThatContradictsTheTensors() throws IOException {
    config("{'peft_type': 'LORA', 'r': 4, 'target_modules': ['q_proj']}");
    assertRefused(
        "tensor '"
            + FIRST
            + "A.weight' has the shape [2, 32], not [4, 32]; the rank 4 of"
            + " adapter_config.json requires a layer from 32 to 32 channels");
    config(
        "{'peft_type': 'LORA', 'r': 2, 'rank_pattern': {'0.self_attn.q_proj': 3},"
            + " 'target_modules': ['q_proj']}");
    assertRefused("'" + FIRST + "A.weight' has the shape [2, 32], not [3, 32]");
  }

  @Test
  void refusesATensorOfThreeDimensionsOfIntegersOrNotFinite() throws IOException {
    put(FIRST + "A.weight", 0.5f, 2, 32, 1);
    assertRefused("tensor '" + FIRST + "A.weight' has the shape [2, 32, 1], not [2, 32]");
    tensors.put(FIRST + "A.weight", Tensor.of(FIRST + "A.weight", new long[64], 2, 32));
    assertRefused("tensor '" + FIRST + "A.weight' is I64, not F32, F16 or BF16");
    put(FIRST + "A.weight", Float.NaN, 2, 32);
    assertRefused("tensor '" + FIRST + "A.weight' holds NaN");
  }

  @Test
  void refusesATargetWithoutTensorsAndATensorWithoutATarget() throws IOException {
    config("{'peft_type': 'LORA', 'r': 2, 'target_modules': ['q_proj', 'v_proj']}");
    assertRefused("tensor '" + FIRST.replace("q_", "v_") + "A.weight' is missing; the rank 2");
    config("{'peft_type': 'LORA', 'r': 2, 'target_modules': ['q_proj'], 'lora_bias': true}");
    assertRefused("tensor '" + FIRST + "B.bias' is missing; 'lora_bias' requires");
    config("{'peft_type': 'LORA', 'r': 2, 'target_modules': ['q_proj'], 'use_dora': true}");
    assertRefused("magnitude_vector' is missing; 'use_dora' requires");
    config(
        "{'peft_type': 'LORA', 'r': 2, 'target_modules': ['q_proj'],"
            + " 'modules_to_save': ['lm_head']}");
    assertRefused("'base_model.model.lm_head.weight' is missing; 'modules_to_save' requires");
    config("{'peft_type': 'LORA', 'r': 2, 'target_modules': ['q_proj']}");
    put("base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight", 1, 2, 32);
    assertRefused(
        "tensor 'base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight'"
            + " belongs to nothing that adapter_config.json targets or saves in this model");
  }

  private void assertRefused(String problem) {
    assertThatThrownBy(this::merged)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(folder.resolve("adapter_model.safetensors") + ": ")
        .hasMessageContaining(problem)
        .message()
        .hasLineCount(1);
  }

  /** The first layer's weight with the adapter in it. */
  private float[] merged() throws IOException {
    SafetensorsWriter.write(
        folder.resolve("adapter_model.safetensors"), Map.of(), List.copyOf(tensors.values()));
    try (PeftAdapter adapter = PeftAdapter.read(folder, base.decoder(), Device.cpu());
        Model merged = adapter.merge(base)) {
      return merged.weights().get("model.layers.0.self_attn.q_proj.weight").toFloatArray();
    }
  }

  private void put(String name, float value, long... shape) {
    tensors.put(
        name,
        new Tensor(
            name,
            ElementType.F32,
            shape,
            (start, count, target) -> {
              for (int i = 0; i < count; i++) {
                target.putFloat(value);
              }
            }));
  }

  private Path file() {
    return folder.resolve("adapter_config.json");
  }

  private void config(String text) throws IOException {
    Files.writeString(file(), text.replace('\'', '"'));
  }

  private static JsonNode json(String text) throws IOException {
    return Json.MAPPER.readTree(text);
  }
}
