package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    ObjectMapper mapper = new ObjectMapper().registerModule(new Jdk8Module());
    JsonNode json = mapper.readTree(ReportFiles.json(narrow));
    assertThat(json.path("trials").path(1).path("compute").asText()).isEqualTo("bfloat16");
    assertThat(mapper.treeToValue(json, SweepResults.class)).isEqualTo(narrow);
  }

  /** Also where it is the same for all trials, as it always is for one. */
  @Test
  void showsWhatIsKnownOfTrainingsFromRandomWeights() {
    SweepResults planned = results("");
    TrialResult trial = planned.trials().get(0);
    TrialResult measured =
        new TrialResult(
            0,
            trial.model(),
            trial.point(),
            trial.settings(),
            trial.compute(),
            trial.perplexityBegin(),
            trial.beginToken(),
            Map.of("scratch", Map.of("perplexity", 31.5)),
            1,
            Map.of(),
            Optional.of("perplexity 70.0 is over 60.0"),
            Optional.empty());
    SweepResults one =
        new SweepResults(
            planned.sweep(), "s", 1, 1, 0, 1, 0, List.of(measured), planned.provenance());
    assertThat(ResultsTable.text(one))
        .contains("ppl scratch", "31.5000", "not recovered", "perplexity 70.0 is over 60.0");
    assertThat(ResultsTable.text(planned)).doesNotContain("ppl scratch", "not recovered");
  }

  @Test
  void saysAFailureOfSeveralTrialsOnce() {
    SweepResults planned = results("");
    List<TrialResult> failed =
        planned.trials().stream()
            .map(
                trial ->
                    new TrialResult(
                        trial.trial(),
                        trial.model(),
                        trial.point(),
                        trial.settings(),
                        trial.compute(),
                        trial.perplexityBegin(),
                        trial.beginToken(),
                        Map.of("pruned", Map.of("perplexity", 31.5)),
                        1,
                        Map.of(),
                        Optional.empty(),
                        Optional.of("recovery: loss is NaN")))
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
    ObjectMapper mapper = new ObjectMapper().registerModule(new Jdk8Module());
    SweepResults asked = results("tasks = wordnet");
    JsonNode json = mapper.readTree(ReportFiles.json(asked));
    JsonNode trial = json.path("trials").path(1);
    assertThat(trial.path("perplexity_begin").asText()).isEqualTo("start");
    assertThat(trial.path("begin_token").asText()).isEqualTo("tokenizer");
    assertThat(mapper.treeToValue(json, SweepResults.class)).isEqualTo(asked);
    String older =
        mapper
            .writeValueAsString(asked)
            .replace(",\"perplexity_begin\":\"start\"", "")
            .replace(",\"begin_token\":\"tokenizer\"", "");
    assertThat(older).doesNotContain("begin");
    assertThat(mapper.readValue(older, SweepResults.class).trials().get(0).beginToken()).isEmpty();
  }
}
