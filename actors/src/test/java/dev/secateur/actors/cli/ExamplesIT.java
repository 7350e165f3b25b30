package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The paper's experiments on the demo model, run one after the other; they share their stages. */
class ExamplesIT {
  @TempDir static Path work;

  static List<Path> sweeps() throws IOException {
    return ExamplesTest.sweeps("demo");
  }

  @ParameterizedTest
  @MethodSource("sweeps")
  void isRun(Path sweep) throws IOException {
    Cli.Result run = Cli.here("run", sweep.toString(), "--json", "--work", work.toString());
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode results = Json.MAPPER.readTree(run.out());
    assertThat(results.get("trials")).isNotEmpty();
    assertThat(results.get("completed").asInt()).isEqualTo(results.get("trials").size());
    for (JsonNode trial : results.get("trials")) {
      assertThat(trial.path("perplexity_before").asDouble()).as("%s", trial).isBetween(1.0, 1e3);
      assertThat(trial.path("perplexity_pruned").asDouble()).as("%s", trial).isBetween(1.0, 1e6);
    }
  }
}
