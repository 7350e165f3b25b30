package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.json.Json;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A tiny model that the command trains. Most of that is its tokenizer's, so it is trained once for
 * all tests of a process, which only read it.
 */
final class TinyModel {
  private static final String CONFIG =
      """
      model {
        model_type = llama, hidden_size = 32, intermediate_size = 48, num_hidden_layers = 4
        num_attention_heads = 4, num_key_value_heads = 2, head_dim = 8
        rms_norm_eps = 1e-5, tie_word_embeddings = true
      }
      vocabulary = 400, window = 32, batch = 4, steps = 4, warmup = 2
      """;

  private static final Path CHECKPOINT = train();

  private TinyModel() {}

  /** The folder of its checkpoint. */
  static Path checkpoint() {
    return CHECKPOINT;
  }

  private static Path train() {
    try {
      Path folder = Files.createTempDirectory("tiny-model");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      Path config = Files.writeString(folder.resolve("tiny.conf"), CONFIG);
      Path checkpoint = folder.resolve("tiny");
      Cli.Result trained =
          Cli.here("train", config.toString(), "--out", checkpoint.toString(), "--json");
      assertThat(trained.code()).as(trained.err()).isZero();
      assertThat(Json.MAPPER.readTree(trained.out()).get("validation").asDouble())
          .isBetween(1.0, 1000.0);
      return checkpoint;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
