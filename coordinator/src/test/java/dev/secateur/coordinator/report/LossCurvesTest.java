package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.Series;
import dev.secateur.coordinator.report.study.PlotChoice;
import dev.secateur.coordinator.report.study.Report;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.study.TableChoice;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Losses of trainings, from artifacts to plots. */
class LossCurvesTest {
  private static final String SWEEP =
      """
      name = s, models = [a], ratios = [0.25, 0.5], criteria = [l2]
      recovery { steps = 3, scratch { learning-rate = 1e-3 } }
      """;

  @TempDir private Path folder;
  private SweepPlan plan;
  private SweepResults results;
  private final Set<StageKey> done = new HashSet<>();

  @BeforeEach
  void plan() {
    FakeSources sources = new FakeSources("/models");
    plan = SweepPlanner.plan(SweepConfigReader.read(SWEEP, "s", sources), sources);
    results = SweepResults.of(new SweepId("s-1"), plan, Map.of(), Map.of(), Map.of());
    plan.trials().stream()
        .flatMap(trial -> Stream.of(trial.recovery(), trial.training()))
        .forEach(key -> done.add(key.orElseThrow()));
  }

  /** Losses that fall with the steps, the faster the earlier the trial. */
  private Optional<byte[]> stored(StageKey stage, String name) throws IOException {
    assertThat(name).isEqualTo("losses.json");
    Trial first = plan.trials().get(0);
    if (stage.equals(plan.trials().get(1).training().orElseThrow())) {
      throw new IOException("no store has it");
    }
    boolean early = first.stages().contains(stage);
    String text =
        early
            ? "{\"steps\": [1, 2, 3], \"loss\": [4.0, 2.0, 1.0], \"validation_steps\": [2, 3],"
                + " \"validation_loss\": [2.5, 1.5]}"
            : "{\"steps\": [1, 2], \"loss\": [6.0, 5.0], \"validation_steps\": [],"
                + " \"validation_loss\": []}";
    return Optional.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private LossCurves curves() {
    return LossCurves.of(results, done, this::stored);
  }

  @Test
  void areThoseOfAllTrainingsThatAreDone() {
    LossCurves curves = curves();
    assertThat(curves.curves())
        .extracting(curve -> curve.trial() + " " + curve.model())
        .containsExactly("0 recovered", "0 scratch", "1 recovered");
    assertThat(curves.leftOut()).containsExactly("trial 1, scratch: no store has it");
    done.clear();
    assertThat(curves().curves()).isEmpty();
  }

  @Test
  void artifactsOfOlderVersionsHaveNone() {
    assertThat(LossCurves.of(results, done, (stage, name) -> Optional.empty()).leftOut())
        .hasSize(4)
        .contains("trial 0, recovered: trained by a version that did not store losses");
  }

  @Test
  void csvHasARowToEachStep() {
    assertThat(curves().csv())
        .startsWith(
            "trial,model,step,loss,validation_loss\n0,recovered,1,4.0,\n0,recovered,2,2.0,2.5\n"
                + "0,recovered,3,1.0,1.5\n0,scratch,1,4.0,\n")
        .endsWith("1,recovered,1,6.0,\n1,recovered,2,5.0,\n");
  }

  private Run run() throws IOException {
    Files.write(folder.resolve(LossCurves.JSON_FILE), curves().json());
    ReportFiles.writeResults(results, folder, new RunFolders());
    return Run.read(List.of(folder)).get(0);
  }

  @Test
  void areLinesOfAPlot() throws IOException {
    Plot plot =
        new PlotChoice("steps", "loss", List.of(), List.of(Evaluated.RECOVERED)).of(List.of(run()));
    assertThat(plot.series())
        .extracting(Series::name)
        .containsExactly("ratio 0.25", "ratio 0.25, validation", "ratio 0.5");
    assertThat(plot.series().get(0).points())
        .extracting(Series.Spot::y)
        .containsExactly(4.0, 2.0, 1.0);
    assertThat(plot.notes()).containsExactly("left out: s, trial 1, scratch: no store has it");
    Plot held = new PlotChoice("steps", "validation_loss", List.of(), List.of()).of(List.of(run()));
    assertThat(held.series())
        .extracting(Series::name)
        .containsExactly("ratio 0.25, recovered, validation", "ratio 0.25, scratch, validation");
  }

  @Test
  void trialsOfOneLineAreRepetitions() throws IOException {
    Plot plot =
        new PlotChoice("steps", "loss", List.of("strategy"), List.of(Evaluated.RECOVERED))
            .of(List.of(run()));
    Series line = plot.series().get(0);
    assertThat(line.points()).extracting(Series.Spot::y).containsExactly(5.0, 3.5, 1.0);
    assertThat(line.points()).extracting(Series.Spot::n).containsExactly(2, 2, 1);
    assertThat(line.points().get(0).deviation()).isEqualTo(Math.sqrt(2));
    assertThat(plot.notes()).contains("bars are standard deviations over repetitions");
  }

  @Test
  void standInReports() throws IOException {
    List<Run> runs = List.of(run());
    assertThat(Report.tables(runs, TableChoice.NONE))
        .hasEntrySatisfying(
            "curves-s.csv",
            csv -> assertThat(new String(csv, StandardCharsets.UTF_8)).isEqualTo(curves().csv()))
        .hasEntrySatisfying(
            "report.md",
            text ->
                assertThat(new String(text, StandardCharsets.UTF_8))
                    .contains("![loss-by-steps](loss-by-steps.svg)"));
    assertThat(Report.plots(runs)).containsKeys("loss-by-steps.png", "loss-by-steps.svg");
  }
}
