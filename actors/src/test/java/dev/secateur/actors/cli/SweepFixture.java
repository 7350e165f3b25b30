package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Small sweeps of a tiny model that was trained for it. */
abstract class SweepFixture {
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
  static void prepare() {
    cli = new Cli(folder);
    tiny = TinyModel.checkpoint();
  }

  static Path sweep(String name, int steps, String... models) throws IOException {
    String list = String.join(", ", Stream.of(models).map(m -> "\"" + m + "\"").toList());
    return Files.writeString(folder.resolve(name), SWEEP.formatted(list, steps));
  }

  static JsonNode results(Cli.Result result) throws IOException {
    assertThat(result.code()).as(result.err()).isZero();
    return Json.MAPPER.readTree(result.out());
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
