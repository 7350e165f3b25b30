package dev.secateur.coordinator.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.LossCurves.Curve;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.SampleTexts;
import dev.secateur.coordinator.report.SampleTexts.Sample;
import dev.secateur.coordinator.report.SampleTexts.Written;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.markup.Pages;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.study.TableChoice;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import dev.secateur.protocol.SweepId;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** The page of the golden results: six trials, of which one failed and two were recovered. */
class ReportPageTest {
  private static final Path GOLDEN = Path.of("src/test/resources/results/results.json");
  private static final Run RUN = Run.read(List.of(GOLDEN)).get(0);
  private static final LossCurves CURVES =
      new LossCurves(
          List.of(
              new Curve(
                  1,
                  "recovered",
                  List.of(1, 2, 3),
                  List.of(4.25, 2.5, 1.125),
                  List.of(2, 3),
                  List.of(3.5, 3.75))),
          List.of("trial 2, recovered: no store has it"));
  private static final SampleTexts TEXTS =
      new SampleTexts(
          List.of(
              new Written(1, "before", List.of(new Sample("Once", " upon a time")), ""),
              new Written(1, "pruned", List.of(new Sample("Once", " there was")), ""),
              new Written(
                  2, "pruned", List.of(), "The texts of evaluation x are unavailable: gone")));

  private static Provenance provenance(String configuration, Map<String, Object> settings) {
    return new Provenance(
        "1.0",
        9,
        "17",
        "secateur run sweep.conf",
        "secateur/1.0",
        "ana",
        new TreeMap<>(Map.of("team", "<nlp>", "baseline", "")),
        "first line\nsecond <b>line</b>",
        "2026-11-27T10:00:00Z",
        "2026-11-27T11:00:00Z",
        configuration,
        settings,
        new TreeMap<>(Map.of("calibration", new TreeSet<>(List.of(42L)))),
        List.of(new Provenance.Model("a", "/models/a", "", "hash-of-a")),
        List.of(new Provenance.Data("calibration", "wordnet", "hash-of-wordnet")),
        List.of(new Provenance.Computed(Map.of("host", "h1", "device", "cpu"), 28)));
  }

  private static String page(Run... runs) {
    return ReportPage.of(List.of(runs), TableChoice.NONE);
  }

  private static Run whole() {
    Provenance known = provenance("ratios = [0.1, 0.5]", Map.of("seed", 42));
    return Run.of("sweep", RUN.results().with(known), CURVES, TEXTS);
  }

  private static String texts(Document page, String path) throws Exception {
    return String.join("\n", Pages.find(page, path));
  }

  @Test
  void everyNumberOfTheTableIsThatOfTheResults() throws Exception {
    JsonNode trials = Json.MAPPER.readTree(GOLDEN.toFile()).get("trials");
    Document page = Pages.parse(page(RUN));
    Map<String, String> columns =
        Map.of(
            "trial", "/trial",
            "ratio", "/ratio",
            "params before", "/parameters_before",
            "params after", "/parameters_after",
            "ppl before", "/perplexity_before",
            "ppl pruned", "/perplexity_pruned",
            "ppl recovered", "/perplexity_recovered",
            "ppl scratch", "/perplexity_scratch",
            "average recovered", "/metrics/recovered/wordnet.acc",
            "seconds", "/seconds");
    for (String table : List.of("//section[@id='trials']/div", "//details[1]/div")) {
      List<String> titles = Pages.find(page, table + "/table/thead/tr/th");
      assertThat(titles).containsAll(columns.keySet());
      for (int row = 0; row < trials.size(); row++) {
        for (Map.Entry<String, String> column : columns.entrySet()) {
          String cell =
              "("
                  + table
                  + "/table/tbody/tr)["
                  + (row + 1)
                  + "]/td["
                  + (titles.indexOf(column.getKey()) + 1)
                  + "]";
          List<String> exact = Pages.find(page, cell + "/data/@value");
          JsonNode asked = trials.get(row).at(column.getValue());
          if (asked.isMissingNode()) {
            assertThat(exact).as(cell).isEmpty();
            assertThat(Pages.find(page, cell)).containsExactly("\u2013");
          } else {
            double value = asked.asDouble();
            assertThat(exact).as(cell).hasSize(1);
            assertThat(Double.parseDouble(exact.get(0))).as(cell).isEqualTo(value);
            String seen = Pages.find(page, cell + "/data").get(0);
            if (Double.isFinite(value)) {
              BigDecimal shown = new BigDecimal(seen);
              assertThat(BigDecimal.valueOf(value).setScale(shown.scale(), RoundingMode.HALF_UP))
                  .as(cell)
                  .isEqualByComparingTo(shown);
            }
          }
        }
      }
    }
  }

  @Test
  void saysWhatFailedAndWhyAndWhatWasLeftOut() throws Exception {
    Document page = Pages.parse(page(RUN));
    String reason =
        RUN.results().trials().stream()
            .map(TrialResult::failure)
            .filter(why -> !why.isEmpty())
            .findFirst()
            .get();
    assertThat(Pages.find(page, "//section[@id='run-1']/pre")).contains(reason);
    assertThat(texts(page, "//section[@id='run-1']"))
        .contains("1 trial failed", "Trial 2: a block 0.5 l2 sum")
        .contains("left out of recovery", "perplexity 70.0 is over 60.0")
        .contains("3 of 6 complete, 1 of them failed", "28 of 30 done, 6 of them reused")
        .contains("did not store provenance");
  }

  @Test
  void tellsLossesTextsConfigurationAndProvenance() throws Exception {
    Document page = Pages.parse(page(whole()));
    assertThat(texts(page, "//section[@id='run-1']"))
        .contains("trial 2, recovered: no store has it")
        .contains("Trial 1: a block 0.25 l2 sum", "are unavailable: gone")
        .contains("ratios = [0.1, 0.5]", "/models/a, SHA-256 hash-of-a")
        .contains("secateur run sweep.conf", "2026-11-27T11:00:00Z", "device cpu");
    assertThat(Pages.find(page, "//div[@aria-label='Losses of trainings']//td/data/@value"))
        .containsExactly("1", "3", "4.25", "1.125", "3.5");
    assertThat(Pages.find(page, "//div[@class='texts']/figure"))
        .containsExactly("before upon a time", "pruned there was");
    assertThat(Pages.find(page, "//dt[.='seed']/following-sibling::dd[1]")).contains("42");
  }

  @Test
  void plotsHaveTheirTextsAsTexts() throws Exception {
    Document page = Pages.parse(page(whole()));
    assertThat(Pages.find(page, "//section[@id='plots']//h3"))
        .contains("loss (nats) against steps", "perplexity against parameters (millions): a");
    String losses = "//section[@id='plots']//figure[1]";
    assertThat(Pages.find(page, losses + "/*[local-name()='svg']//*[local-name()='title']"))
        .contains("block, ratio 0.25: 1.00000, 4.25000");
    assertThat(Pages.find(page, losses + "/ul/li")).isNotEmpty();
    assertThat(Pages.find(page, losses + "/figcaption").get(0)).contains("left out: ");
  }

  @Test
  void aloneItsOwnStyleIsAllowed() throws Exception {
    String text = page(whole());
    Document page = Pages.parse(text);
    byte[] sheet = Pages.find(page, "//style").get(0).getBytes(StandardCharsets.UTF_8);
    String hash =
        Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(sheet));
    assertThat(Pages.find(page, "//meta[@http-equiv='Content-Security-Policy']/@content"))
        .containsExactly(
            "default-src 'none'; style-src 'sha256-"
                + hash
                + "'; base-uri 'none'; form-action 'none'");
    assertThat(Pages.find(page, "//@style | //@src | //script | //link | //@onload")).isEmpty();
    assertThat(Pages.find(page, "//@href")).isNotEmpty().allMatch(to -> to.startsWith("#"));
    assertThat(text.replace("http://www.w3.org/", "")).doesNotContain("http:", "https:", "url(");
    assertThat(text).startsWith("<!DOCTYPE html>\n<html");
    assertThat(text).as("the same runs, the same page").isEqualTo(page(whole()));
  }

  @Test
  void hostileNamesStayText() throws Exception {
    String hostile =
        "</title><script>alert(1)</script>\"'&\u001b[31m\u0000\ud800\u202e" + "x".repeat(10_240);
    SweepResults golden = RUN.results();
    SweepResults results =
        new SweepResults(
            new SweepId("s-1"),
            hostile,
            3,
            3,
            0,
            1,
            1,
            golden.trials().stream()
                .map(
                    trial ->
                        new TrialResult(
                            trial.trial(),
                            hostile + trial.trial(),
                            trial.point(),
                            trial.settings(),
                            trial.compute(),
                            trial.beginTokens(),
                            trial.metrics(),
                            trial.seconds(),
                            trial.stages(),
                            hostile,
                            hostile + trial.trial()))
                .toList(),
            provenance(hostile, Map.of(hostile, hostile)));
    SampleTexts texts =
        new SampleTexts(
            List.of(new Written(0, hostile, List.of(new Sample(hostile, hostile)), hostile)));
    String text = page(Run.of(hostile, results, CURVES, texts), RUN);
    Document page = Pages.parse(text);
    assertThat(Pages.find(page, "//script")).isEmpty();
    assertThat(Pages.find(page, "//title").get(0)).startsWith("</title><script>alert(1)</script>");
    assertThat(text).doesNotContain("\u001b", "\u0000", "\u202e", "<script").contains("\u241b[31m");
    assertThat(text.length()).isLessThan(1_000_000);
  }

  @Test
  void severalRunsStandTogether() throws Exception {
    Run other = Run.of("other", RUN.results());
    Document page = Pages.parse(page(RUN, other));
    assertThat(Pages.find(page, "//h2")).containsExactly("Trials", "Plots", "sweep", "other");
    assertThat(Pages.find(page, "//section[@id='trials']/div//tbody/tr/td[1]"))
        .contains("sweep", "other");
    TableChoice chosen = new TableChoice(List.of("ratio"), List.of("-ratio"), List.of("strategy"));
    page = Pages.parse(ReportPage.of(List.of(RUN), chosen));
    assertThat(Pages.find(page, "//section[@id='trials']/div//th"))
        .containsExactly("ratio", "strategy block", "strategy channel");
  }

  @Test
  void ofManyTrialsTheFirstAreInTheTables() throws Exception {
    Run other = Run.of("other", RUN.results());
    Document page = Pages.parse(ReportPage.of(List.of(RUN, other), TableChoice.NONE, 8));
    String rows = "//section[@id='trials']/div//tbody/tr";
    assertThat(Pages.find(page, rows + "/td[2]"))
        .containsExactlyInAnyOrder("0", "1", "2", "3", "4", "5", "0", "1");
    assertThat(Pages.find(page, "//details[1]//tbody/tr")).hasSize(8);
    assertThat(Pages.find(page, "//section[@id='trials']/p"))
        .containsExactly("The first 8 of 12 trials; results.csv has all.");
    assertThat(Pages.find(page, "//section[@id='plots']/p")).isEmpty();
    page = Pages.parse(ReportPage.of(List.of(RUN), TableChoice.NONE, 1));
    assertThat(Pages.find(page, "//section[@id='plots']/p"))
        .containsExactly("Of the first 4 of 6 trials.");
    TableChoice sorted = new TableChoice(List.of("ratio"), List.of("-ratio"), List.of());
    page = Pages.parse(ReportPage.of(List.of(RUN), sorted, 2));
    assertThat(Pages.find(page, rows + "[1]")).containsExactly("0.5");
  }

  @Test
  void ofManyCellsTheFirstRowsAreShown() {
    List<Column> columns = List.of(Column.number("n", "n"), Column.text("t", "t"));
    List<List<Cell>> many =
        IntStream.range(0, 50_001)
            .mapToObj(i -> List.of(Cell.of(Integer.toString(i), i), Cell.of("t")))
            .toList();
    Html html = new Html();
    TableView.write(html, "many", Table.of(columns, many));
    assertThat(html.done())
        .contains("The first 50000 of 50001 rows; results.csv has all.", "\"49999\"")
        .doesNotContain("\"50000\"");
  }
}
