package dev.secateur.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.Fixtures;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BeginMarksTest {
  @TempDir Path folder;

  private Tokenizer pieces(String config, String settings) throws IOException {
    Path model = folder.resolve("tokenizer.model");
    if (!Files.exists(model)) {
      Files.copy(Fixtures.resource("sentencepiece/tokenizer.model"), model);
    }
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"" + config + "}");
    Files.writeString(folder.resolve("tokenizer_config.json"), settings);
    return Tokenizer.open(folder);
  }

  @Test
  void sentencePieceModelsBeginTheirTextsUnlessTheySayOtherwise() throws IOException {
    try (Tokenizer adding = pieces(", \"bos_token_id\": 1", "{}");
        Tokenizer bare = pieces(", \"bos_token_id\": 1", "{\"add_bos_token\": false}")) {
      assertThat(adding.begin(BeginToken.TOKENIZER)).containsExactly(1);
      assertThat(adding.begin(BeginToken.NEVER)).isEmpty();
      assertThat(bare.begin(BeginToken.TOKENIZER)).isEmpty();
      assertThat(bare.begin(BeginToken.ALWAYS)).containsExactly(1);
      assertThat(adding.piece(1)).isEqualTo("<s>");
    }
  }

  @Test
  void theTokenizersOwnSettingsSayWhatItsBeginTokenIs() throws IOException {
    String config = ", \"bos_token_id\": 1";
    try (Tokenizer named = pieces(config, "{\"bos_token\": \"</s>\"}");
        Tokenizer described = pieces(config, "{\"bos_token\": {\"content\": \"</s>\"}}");
        Tokenizer none = pieces(config, "{\"bos_token\": null}");
        Tokenizer silent = pieces("", "{}")) {
      assertThat(named.begin()).hasValue(2);
      assertThat(described.begin()).hasValue(2);
      assertThat(none.begin()).isEmpty();
      assertThat(none.begin(PerplexityBegin.START)).isEmpty();
      assertThat(none.begin(BeginToken.TOKENIZER)).isEmpty();
      assertThat(silent.begin()).isEmpty();
    }
  }

  @Test
  void refusesABeginTokenThatTheTokenizerDoesNotHave() throws IOException {
    try (Tokenizer none = pieces("", "{}")) {
      assertThatThrownBy(() -> none.begin(BeginToken.ALWAYS))
          .isInstanceOf(InputException.class)
          .hasMessage(
              folder
                  + ": the tokenizer has no begin-of-sequence token, which begin-token"
                  + " 'always' requires");
      assertThatThrownBy(() -> none.begin(PerplexityBegin.WINDOW))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("which perplexity-begin 'window' requires");
    }
  }

  @Test
  void theDemoModelHasOneButDoesNotAddIt() {
    try (Tokenizer demo = Tokenizer.open(DemoModel.extract(folder))) {
      assertThat(demo.begin(BeginToken.TOKENIZER)).isEmpty();
      assertThat(demo.begin(BeginToken.ALWAYS)).containsExactly(1);
      assertThat(demo.begin(PerplexityBegin.WINDOW)).hasValue(1);
      assertThat(demo.begin(PerplexityBegin.NONE)).isEmpty();
      assertThat(demo.piece(1)).isEqualTo("<s>");
    }
  }

  @Test
  void refusesSettingsThatAreNoJson() {
    assertThatThrownBy(() -> pieces("", "{"))
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith("tokenizer_config.json: not valid JSON");
  }
}
