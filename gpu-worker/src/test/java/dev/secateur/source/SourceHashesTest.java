package dev.secateur.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceHashesTest {
  @TempDir Path folder;

  @Test
  void aModelIsKnownByItsBeginAndEndTokensToo() throws IOException {
    Path demo = DemoModel.extract(folder);
    String whole = SourceHashes.model(demo);
    Files.writeString(demo.resolve("README.md"), "a note");
    assertThat(SourceHashes.model(demo)).isEqualTo(whole);
    Path generation = Files.writeString(demo.resolve("generation_config.json"), "{}");
    assertThat(SourceHashes.model(demo)).isNotEqualTo(whole);
    Files.delete(generation);
    assertThat(SourceHashes.model(demo)).isEqualTo(whole);
    Path tokens = demo.resolve("tokenizer_config.json");
    Files.writeString(tokens, Files.readString(tokens).replace("\"<s>\"", "null"));
    assertThat(SourceHashes.model(demo)).isNotEqualTo(whole);
  }
}
