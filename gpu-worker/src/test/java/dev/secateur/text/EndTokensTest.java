package dev.secateur.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.Fixtures;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndTokensTest {
  @TempDir Path folder;

  @BeforeEach
  void copyTokenizer() throws IOException {
    Files.copy(
        Fixtures.resource("sentencepiece/tokenizer.model"), folder.resolve("tokenizer.model"));
  }

  private Set<Long> ends(String config, String generation) throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"" + config + "}");
    if (generation != null) {
      Files.writeString(folder.resolve("generation_config.json"), generation);
    }
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      return new TreeSet<>(tokenizer.ends());
    }
  }

  /** What transformers 5.18 stops at, case by case. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "'' | none | []",
        "', \"eos_token_id\": null' | none | []",
        "', \"eos_token_id\": 2' | none | [2]",
        "', \"eos_token_id\": [5, 2]' | none | '[2, 5]'",
        "', \"eos_token_id\": [5, 2]' | '{\"eos_token_id\": 7}' | [7]",
        "', \"eos_token_id\": 2' | '{\"eos_token_id\": [7, 8]}' | '[7, 8]'",
        "', \"eos_token_id\": 2' | '{\"eos_token_id\": null}' | []",
        "', \"eos_token_id\": 2' | '{\"top_p\": 0.9}' | []",
        "'' | '{\"eos_token_id\": [7]}' | [7]"
      })
  void areThoseOfTheGenerationConfigElseOfTheConfig(String config, String generation, String ends)
      throws IOException {
    assertThat(ends(config, generation)).hasToString(ends);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"</s>\"", "[2, \"x\"]", "1.5", "-1", "{}", "true", "[[2]]"})
  void refusesWhatIsNoId(String value) {
    assertThatThrownBy(() -> ends("", "{\"eos_token_id\": " + value + "}"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("generation_config.json: 'eos_token_id' is ")
        .hasMessageContaining("the id of a token, or a list of them");
    assertThatThrownBy(
            () -> {
              Files.delete(folder.resolve("generation_config.json"));
              ends(", \"eos_token_id\": " + value, null);
            })
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder.resolve("config.json") + ": 'eos_token_id' is ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"</s>\"", "[2, \"x\"]", "[2, -1]", "[2, 1.5]", "[2, null]", "[2, [3]]"})
  void refusesWhatIsNoIdInTheConfigThoughTheGenerationConfigDecides(String value) {
    assertThatThrownBy(() -> ends(", \"eos_token_id\": " + value, "{\"eos_token_id\": 7}"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder.resolve("config.json") + ": 'eos_token_id' is ");
  }

  @Test
  void refusesAGenerationConfigThatIsNoObject() {
    assertThatThrownBy(() -> ends("", "{"))
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith("generation_config.json: not valid JSON");
    assertThatThrownBy(() -> ends("", "[]"))
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith("generation_config.json: not a JSON object");
  }
}
