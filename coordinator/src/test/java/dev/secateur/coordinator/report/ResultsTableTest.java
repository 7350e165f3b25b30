package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsTableTest {
  private static SweepResults results(String evaluation) {
    FakeSources sources = new FakeSources("/models");
    String text = "models = [a], ratios = [0.25, 0.5], evaluation { " + evaluation + " }";
    SweepPlan plan =
        SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
    return SweepResults.of(new SweepId("s"), plan, Map.of(), Map.of(), Map.of());
  }

  @Test
  void namesThePrecisionWhereItIsNotFloat32() throws IOException {
    SweepResults narrow = results("}, compute = bfloat16, memory {");
    assertThat(ResultsTable.text(narrow))
        .endsWith("\nevaluation: compute bfloat16, perplexity-begin start\n");
    JsonNode json = Json.MAPPER.readTree(ReportFiles.json(narrow));
    assertThat(json.path("trials").path(1).path("compute").asText()).isEqualTo("bfloat16");
    assertThat(Json.MAPPER.treeToValue(json, SweepResults.class)).isEqualTo(narrow);
  }

  /** Also where it is the same for all trials, as it always is for one. */
  @Test
  void showsWhatIsKnownOfTrainingsFromRandomWeights() {
    SweepResults planned = results("");
    TrialResult measured =
        TrialResults.of(
            planned.trials().get(0),
            Map.of("scratch", Map.of("perplexity", 31.5)),
            "perplexity 70.0 is over 60.0",
            "");
    SweepResults one =
        new SweepResults(
            planned.sweep(), "s", 1, 1, 0, 1, 0, List.of(measured), planned.provenance());
    assertThat(ResultsTable.text(one))
        .contains("ppl scratch", "31.5000", "not recovered", "perplexity 70.0 is over 60.0");
    assertThat(ResultsTable.text(planned)).doesNotContain("ppl scratch", "not recovered");
  }

  private static SweepResults ofTarget(String target, Map<String, Double> pruning) {
    SweepResults planned = results("").with(List.of()); // whose plan has no such target
    GridPoint point =
        new GridPoint(
            Strategy.BLOCK,
            new BigDecimal("0.25"),
            Criterion.OBS,
            Aggregation.SUM,
            Scope.MEASURED,
            Target.valueOf(target),
            1,
            false,
            0,
            "0..4");
    return planned.with(
        List.of(
            new TrialResult(
                0,
                "a",
                point,
                Map.of(),
                Precision.FLOAT32,
                new BeginTokens.Unknown(),
                Map.of("pruning", pruning),
                1,
                Map.of(),
                "",
                "")));
  }

  @Test
  void showsPredictedLatencyAndWhatItMisses() {
    SweepResults met =
        ofTarget(
            "LATENCY", Map.of("predicted_seconds_before", 0.5, "predicted_seconds_after", 0.373));
    assertThat(ResultsTable.text(met))
        .contains("predicted latency before", "predicted latency after", "0.5000", "0.3730")
        .doesNotContain("removed");
    assertThat(ResultsTable.csv(met))
        .contains("predicted_latency_before,predicted_latency_after,predicted_latency_share");
    SweepResults missed =
        ofTarget(
            "LATENCY", Map.of("predicted_seconds_before", 0.5, "predicted_seconds_after", 0.3));
    assertThat(ResultsTable.text(missed))
        .contains("block pruning by 0.25 removed 40.0 % of the predicted latency");
    SweepResults bytes =
        ofTarget("BYTES", Map.of("weight_bytes_before", 100.0, "weight_bytes_after", 60.0));
    assertThat(ResultsTable.text(bytes))
        .contains("block pruning by 0.25 removed 40.0 % of the bytes")
        .doesNotContain("predicted");
    assertThat(ResultsTable.csv(bytes)).contains("weight_bytes_before,weight_bytes_after");
  }

  @Test
  void saysAFailureOfSeveralTrialsOnce() {
    SweepResults planned = results("");
    List<TrialResult> failed =
        planned.trials().stream()
            .map(
                trial ->
                    TrialResults.of(
                        trial,
                        Map.of("pruned", Map.of("perplexity", 31.5)),
                        "",
                        "recovery: loss is NaN"))
            .toList();
    String text =
        ResultsTable.text(
            new SweepResults(planned.sweep(), "s", 1, 1, 0, 2, 2, failed, planned.provenance()));
    assertThat(text).containsOnlyOnce("loss is NaN").contains("31.5000", "[1] 2 rows: recovery:");
  }

  @Test
  void namesTheBeginTokenOfWhatWasMeasured() {
    SweepResults asked = results("tasks = wordnet, begin-token = always, perplexity-begin = none");
    assertThat(ResultsTable.text(asked))
        .endsWith("\nevaluation: perplexity-begin none, begin-token always\n");
    assertThat(ResultsTable.csv(asked).lines().findFirst().orElseThrow())
        .contains(",perplexity_begin,begin_token,");
    assertThat(ResultsTable.csv(asked)).contains(",none,always,");
    assertThat(ResultsTable.text(results("")))
        .as("no questions, no begin token of them")
        .endsWith("\nevaluation: perplexity-begin start\n");
  }

  @Test
  void resultsNameTheBeginTokenAndReadThoseThatDoNot() throws IOException {
    SweepResults asked = results("tasks = wordnet");
    JsonNode json = Json.MAPPER.readTree(ReportFiles.json(asked));
    JsonNode trial = json.path("trials").path(1);
    assertThat(trial.path("perplexity_begin").asText()).isEqualTo("start");
    assertThat(trial.path("begin_token").asText()).isEqualTo("tokenizer");
    assertThat(Json.MAPPER.treeToValue(json, SweepResults.class)).isEqualTo(asked);
    String older =
        Json.MAPPER
            .writeValueAsString(asked)
            .replace(",\"perplexity_begin\":\"start\"", "")
            .replace(",\"begin_token\":\"tokenizer\"", "");
    assertThat(older).doesNotContain("begin");
    assertThat(
            Json.MAPPER
                .readValue(older, SweepResults.class)
                .trials()
                .get(0)
                .beginTokens()
                .beginToken())
        .isEmpty();
  }

  @Test
  void resultsReadNullsAsTheyReadAbsence() throws IOException {
    SweepResults planned = results("");
    String written = Json.MAPPER.writeValueAsString(planned);
    assertThat(written)
        .doesNotContain("provenance", "compute", "begin_token", "not_recovered", "failure");
    String nulls =
        written
            .replace(
                ",\"perplexity_begin\":\"start\"",
                ",\"compute\":null,\"perplexity_begin\":\"start\",\"begin_token\":null,"
                    + "\"not_recovered\":null,\"failure\":null")
            .replaceAll("}$", ",\"provenance\":null}");
    assertThat(nulls).contains("null");
    assertThat(Json.MAPPER.readValue(nulls, SweepResults.class)).isEqualTo(planned);
  }
}
