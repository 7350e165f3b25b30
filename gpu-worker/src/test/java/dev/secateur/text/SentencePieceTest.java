package dev.secateur.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentencePieceTest {
  @TempDir Path folder;

  @BeforeEach
  void writeConfig() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \"llama\", \"bos_token_id\": 1, \"eos_token_id\": [2, 5]}");
  }

  private Tokenizer tokenizer(String model) throws IOException {
    Files.copy(Fixtures.resource("sentencepiece/" + model), folder.resolve(model));
    return Tokenizer.open(folder);
  }

  @Test
  void encodesAsTheLibraryDoesAndDecodesWhatItEncoded() throws IOException {
    JsonNode cases = Json.MAPPER.readTree(Fixtures.resource("sentencepiece/encoded.json").toFile());
    try (Tokenizer tokenizer = tokenizer("tokenizer.model")) {
      for (JsonNode given : cases) {
        String text = given.get("text").asText();
        long[] expected = LongStream.range(0, given.get("ids").size()).toArray();
        Arrays.setAll(expected, i -> given.get("ids").get(i).asLong());
        assertThat(tokenizer.encode(text)).as(text).isEqualTo(expected);
        assertThat(tokenizer.decode(expected)).isEqualTo(text);
      }
      assertThat(tokenizer.prompt(new long[] {7})).containsExactly(1, 7);
      assertThat(tokenizer.eos()).hasValue(2);
      assertThat(tokenizer.decode(new long[] {1, 2})).isEmpty();
    }
  }

  @Test
  void neverCutsALongText() throws IOException {
    try (Tokenizer tokenizer = tokenizer("tokenizer.model")) {
      String text = "the bird sings ".repeat(20_000);
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }
  }

  @Test
  void readsChatGlmsNamesOfBlanksAndPutsItsMarksAfterThePrompt() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \"chatglm\", \"bos_token_id\": 130004, \"gmask_token_id\": 130001}");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"num_image_tokens\": 0}");
    try (Tokenizer tokenizer = tokenizer("ice_text.model")) {
      String text = "a bird\nthe\tsea   or  sky";
      long[] ids = tokenizer.encode(text);
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
      assertThat(ids).contains(3, 4, 6, 5); // <n>, <|tab|>, <|blank_3|>, <|blank_2|>
      assertThat(tokenizer.prompt(new long[] {7})).containsExactly(7, 130001, 130004);
      assertThat(tokenizer.decode(new long[] {130001, 130004})).isEmpty();
    }
  }

  @Test
  void leavesChatGlmsFirstIdsToImages() throws IOException {
    try (Tokenizer tokenizer = tokenizer("ice_text.model")) {
      long[] ids = tokenizer.encode("bird");
      assertThat(Arrays.stream(ids).min().getAsLong()).isGreaterThanOrEqualTo(20_000);
      assertThat(tokenizer.decode(ids)).isEqualTo("bird");
    }
  }

  @Test
  void refusesAFileThatIsNone() throws IOException {
    Files.writeString(folder.resolve("tokenizer.model"), "not a model");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tokenizer.model: not a SentencePiece model");
  }
}
