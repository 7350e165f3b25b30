package dev.secateur.coordinator.report.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final List<Run> RUNS = List.of(Studies.run(Studies.GRID));

  @Test
  void tellsHowItsNumbersCameAbout() {
    Map<String, byte[]> files = Report.tables(RUNS, TableChoice.NONE);
    assertThat(files).containsOnlyKeys("report.md", "report.csv", "report.json", "report.tex");
    assertThat(new String(files.get("report.md"), StandardCharsets.UTF_8))
        .contains("# grid\n", "| **Ratio = 0.2, w/ tune** |", "| trial | model |")
        .contains("- command: `run`, sent by client", "- seed of recovery: [42]")
        .contains("- model llama: ", ", SHA-256 ", "- calibration: wordnet")
        .contains("\ncalibration.samples = 10\n");
  }

  @Test
  void drawsWhatIsKnown() throws IOException {
    assertThat(Report.plots(RUNS).keySet())
        .contains("perplexity-by-parameters.png", "average-by-latency.svg")
        .contains("boolq-by-parameters.svg", "hellaswag-by-parameters.png")
        .hasSize(2 * (2 * 3 + 3));
    Run bare = Studies.run(Studies.GRID, trial -> Studies.with(trial, Map.of(), trial.failure()));
    assertThat(Report.plots(List.of(bare))).isEmpty();
  }
}
