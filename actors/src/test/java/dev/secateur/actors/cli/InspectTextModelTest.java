package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inspect} of a model of text and images says that it shows the text model. */
class InspectTextModelTest {
  private static final String CONFIG =
      """
      {"model_type": "gemma3", "text_config": {"hidden_size": 2560, "intermediate_size": 10240,
       "model_type": "gemma3_text", "num_hidden_layers": 34, "sliding_window": 1024}}
      """;

  @TempDir Path folder;

  @Test
  void saysWhatIsRead() throws IOException {
    Path config = Files.writeString(folder.resolve("config.json"), CONFIG);
    for (Path named : new Path[] {config, folder}) {
      Cli.Result result = Cli.here("inspect", named.toString());
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.err())
          .contains("'gemma3' is read as its text model, 'gemma3_text'; its vision parts are left");
      assertThat(result.out())
          .contains("family      gemma3_text, 34 layers")
          .contains("3,880,263,168");
    }
  }
}
