package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Small sweeps of a tiny model that was trained for it. */
abstract class SweepFixture {
  static final String TINY =
      """
      model {
        model_type = llama, hidden_size = 32, intermediate_size = 48, num_hidden_layers = 4
        num_attention_heads = 4, num_key_value_heads = 2, head_dim = 8
        rms_norm_eps = 1e-5, tie_word_embeddings = true
      }
      vocabulary = 400, window = 32, batch = 4, steps = 4, warmup = 2
      """;

  static final String SWEEP =
      """
      name = small
      models = [%s]
      strategies = [block, channel]
      ratios = [0.5]
      criteria = [taylor-element1, taylor-vector]
      export = true
      calibration { samples = 2, length = 16, parts = 2 }
      recovery {
        strategies = [block], template = plain
        steps = %d, batch = 4, micro-batch = 2, warmup = 1, learning-rate = 1e-3, cutoff = 64
      }
      evaluation { window = 32, windows = 4 }
      """;

  /** Steps of a recovery that ends only because something else ends it. */
  static final int NEVER_DONE = 100_000_000;

  @TempDir static Path folder;
  static Path tiny;
  static Cli cli;

  @BeforeAll
  static void trainATinyModel() throws IOException, InterruptedException {
    cli = new Cli(folder);
    tiny = folder.resolve("tiny");
    Path config = Files.writeString(folder.resolve("tiny.conf"), TINY);
    Cli.Result trained = cli.run("train", config.toString(), "--out", tiny.toString(), "--json");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(new ObjectMapper().readTree(trained.out()).get("validation").asDouble())
        .isBetween(1.0, 1000.0);
  }

  static Path sweep(String name, int steps, String... models) throws IOException {
    String list = String.join(", ", Stream.of(models).map(m -> "\"" + m + "\"").toList());
    return Files.writeString(folder.resolve(name), SWEEP.formatted(list, steps));
  }

  static JsonNode results(Cli.Result result) throws IOException {
    assertThat(result.code()).as(result.err()).isZero();
    return new ObjectMapper().readTree(result.out());
  }

  static Path onlyRun(Path work) throws IOException {
    try (Stream<Path> runs = Files.list(work.resolve("runs"))) {
      return runs.toList().get(0);
    }
  }

  static long completed(Path work) {
    try {
      return Files.readAllLines(onlyRun(work).resolve("events.jsonl")).stream()
          .filter(line -> line.contains("\"stage-completed\""))
          .count();
    } catch (IOException e) {
      return 0;
    }
  }
}
