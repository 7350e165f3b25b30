package dev.secateur.coordinator.report.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.report.study.Tables.Layout;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TablesTest {
  private static TableChoice choice(String columns, String sort, String group) {
    return new TableChoice(names(columns), names(sort), names(group));
  }

  private static List<String> names(String list) {
    return list.isEmpty() ? List.of() : Arrays.asList(list.split(","));
  }

  private static String table(List<Run> runs, TableChoice choice) {
    return Tables.write(runs, TableFormat.TABLE, Optional.empty(), choice);
  }

  private static String golden(String name) throws IOException {
    try (var file = TablesTest.class.getResourceAsStream("/study/" + name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** With nothing chosen: all columns for programs, the paper's layout for documents. */
  @ParameterizedTest
  @EnumSource(TableFormat.class)
  void everyFormatIsWrittenAsItsGoldenFile(TableFormat format) throws IOException {
    List<Run> runs = List.of(Studies.run(Studies.GRID));
    assertThat(Tables.write(runs, format, Optional.empty(), TableChoice.NONE))
        .isEqualTo(golden("grid." + format.ending()));
  }

  @ParameterizedTest
  @EnumSource(TableFormat.class)
  void chosenColumnsAreWrittenSortedAndGroupedInEveryFormat(TableFormat format) throws IOException {
    List<Run> runs = List.of(Studies.run(Studies.GRID, Studies::unrecovered));
    TableChoice choice =
        choice("criterion,ppl,average,hellaswag,macs_share,failure", "-average", "ratio");
    assertThat(Tables.write(runs, format, Optional.empty(), choice))
        .isEqualTo(golden("chosen." + format.ending()));
  }

  @Test
  void aTrialWhoseRecoveryFailedKeepsItsPrunedNumbersAndManyShareOneText() {
    String table =
        table(List.of(Studies.run(Studies.GRID, Studies::unrecovered)), TableChoice.NONE);
    assertThat(table.lines().skip(1).findFirst().orElseThrow())
        .contains("32.6200", "[1]")
        .doesNotContain("answer");
    assertThat(table)
        .contains("\n[1] 2 rows: recovery: 100 % of rows_left_out; none has / an answer\n");
  }

  @Test
  void aMeasureStandsForOneColumnToEachModelAndMayBeOneModels() {
    List<Run> runs = List.of(Studies.run(Studies.GRID));
    assertThat(header(table(runs, choice("ppl", "", ""))))
        .containsExactly("ppl before", "ppl pruned", "ppl recovered");
    assertThat(header(table(runs, choice("ppl:recovered,boolq_pruned,memory", "", ""))))
        .containsExactly("ppl recovered", "boolq pruned", "memory before", "memory after");
    assertThat(
            header(
                table(runs, choice("calibration.samples,recovery:loss,pruned:arc_easy.n", "", ""))))
        .containsExactly("calibration.samples", "recovery loss", "pruned arc_easy.n");
  }

  private static List<String> header(String table) {
    return Arrays.asList(table.lines().findFirst().orElseThrow().split(" {2,}"));
  }

  /** Of the accuracy that counts of each task, with the errors of those. */
  @Test
  void averagesTellTheirErrorTheirRuleAndTheNumberOfTasks() {
    String table =
        table(
            List.of(Studies.run(Studies.GRID)), choice("average:before,hellaswag:before", "", ""));
    // (0.6 + 0.7 + 0.6) / 3; sqrt(0.01^2 + 0.7 * 0.3 / 100 + 0.01^2) / 3
    assertThat(table).contains("0.6333 \u00b1 0.0160").contains("0.7000 \u00b1 0.0458");
    assertThat(table)
        .contains(
            "average: mean of 3 of the paper's 7 tasks: boolq acc, hellaswag acc_norm, arc_easy"
                + " acc");
  }

  @Test
  void aDeclaredTaskDoesNotJoinThePapersAverage() {
    String declared =
        Studies.GRID.replace(
            "tasks = wordnet",
            """
            choice-tasks = [{
              name = hellaswag_own, file = f, template = "{q}", choices = ["{a}", "{b}"], answer = r
              normalised = true
            }]
            """);
    Run with =
        Studies.run(
            declared,
            trial -> {
              var metrics = new TreeMap<>(trial.metrics());
              var before = new TreeMap<>(metrics.get("before"));
              before.put("hellaswag_own.acc", 0.1);
              before.put("hellaswag_own.acc_norm", 0.2);
              metrics.put("before", before);
              return Studies.with(trial, metrics, "");
            });
    assertThat(table(List.of(with), choice("average:before,hellaswag_own:before", "", "")))
        .contains("0.6333")
        .contains("0.2000");
  }

  @Test
  void unknownNamesAreToldWithWhatWasMeant() {
    List<Run> runs = List.of(Studies.run(Studies.GRID));
    assertThatThrownBy(() -> table(runs, choice("avrage", "", "")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'avrage' is not a column; did you mean 'average'?");
    assertThatThrownBy(
            () ->
                Tables.write(
                    runs, TableFormat.LATEX, Optional.of(Layout.QUALITY), choice("ppl", "", "")))
        .hasMessageContaining("need the layout trials");
  }

  @Test
  void roundingThatMissesATargetIsTold() {
    Run layers =
        Studies.run(
            "models = [a], strategies = [layer], ratios = [0.25], criteria = [l2]",
            trial -> {
              var metrics = new TreeMap<>(trial.metrics());
              var pruning = new TreeMap<>(metrics.get("pruning"));
              pruning.put("units_removed", 7.0);
              metrics.put("pruning", pruning);
              return Studies.with(trial, metrics, "");
            });
    assertThat(table(List.of(layers), TableChoice.NONE))
        .contains("trial 0: layer pruning by 0.25 removed 21.9 % of the blocks 0..32");
    assertThat(table(List.of(Studies.run(Studies.GRID)), TableChoice.NONE))
        .doesNotContain("removed");
  }

  @Test
  void roundingIsToldOfHeadsAndChannelsEach() {
    Run block =
        Studies.run(
            "models = [a], strategies = [block], ratios = [0.2, 0.25], criteria = [l2]",
            trial -> {
              var metrics = new TreeMap<>(trial.metrics());
              var pruning = new TreeMap<>(metrics.get("pruning"));
              pruning.put("removed_attention", 0.25);
              pruning.put("removed_mlp", trial.point().ratio().doubleValue());
              metrics.put("pruning", pruning);
              return Studies.with(trial, metrics, "");
            });
    assertThat(table(List.of(block), TableChoice.NONE))
        .contains("trial 0: block pruning by 0.2 removed 25.0 % of the heads of blocks 4..30\n")
        .doesNotContain("trial 1:", "MLP");
  }

  @Test
  void severalRunsStandTogetherAndGroupByWhatIsGone() {
    Run block = Studies.run(Studies.GRID);
    Run channel =
        Studies.run(Studies.GRID.replace("name = grid,", "name = c, strategies = [channel],"));
    String quality =
        Tables.write(
            List.of(block, channel),
            TableFormat.TABLE,
            Optional.of(Layout.QUALITY),
            choice("", "", "removed"));
    assertThat(quality)
        .contains("Ratio = 20 %, w/o tune", "Ratio = 20 %, w/ tune", "Ratio = 50 %, w/o tune")
        .contains("channel, taylor-element1");
    assertThat(header(table(List.of(block, channel), TableChoice.NONE))).startsWith("run", "trial");
  }
}
