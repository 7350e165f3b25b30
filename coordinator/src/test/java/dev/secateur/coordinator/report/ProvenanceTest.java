package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProvenanceTest {

  private static SweepPlan plan(String text) {
    FakeSources sources = new FakeSources("/models");
    return SweepPlanner.plan(SweepConfigReader.read(text, "s", sources), sources);
  }

  private static Provenance of(SweepPlan plan, Origin origin) {
    return Provenance.of(
        new SweepEvent.SweepSubmitted(
            new SweepId("s"), plan, "/runs/s", 10, IdempotencyKey.NONE, Instant.EPOCH, origin));
  }

  private static StageState.Result on(Map<String, String> machine) {
    ArtifactRef artifact = new ArtifactRef(new StageKey("k"), StageKind.PRUNING, "sha", 1);
    return new StageState.Result(artifact, Map.of(), 1, false, machine);
  }

  @Test
  void namesTheRepositoryAndTheRevisionOfAModelOfTheHub() {
    assertThat(Provenance.Model.of(new ModelRef("hf:o/n", "hf:o/n@abc", "h", 2)))
        .isEqualTo(new Provenance.Model("hf:o/n", "hf:o/n", "abc", "h"));
    assertThat(Provenance.Model.of(new ModelRef("m", "/m@2/x", "h", 2)).source())
        .isEqualTo("/m@2/x");
  }

  @Test
  void namesAllModelsDataAndSeedsOnce() {
    Provenance provenance =
        of(
            plan(
                """
                models = [a, b], ratios = [0.25, 0.5], seed = 7
                recovery { data = rows, steps = 5, scratch {} }
                evaluation {
                  text = book, tasks = wordnet, generate { prompts = [Once], seed = 9 }
                  choice-tasks = [{
                    name = own, file = questions, template = "{q}", choices = ["{a}", "{b}"], answer = r
                  }]
                }
                """),
            Origin.UNKNOWN);
    assertThat(provenance.models()).extracting(Provenance.Model::name).containsExactly("a", "b");
    assertThat(provenance.data())
        .extracting(data -> data.use() + " " + data.source())
        .containsExactlyInAnyOrder(
            "calibration wordnet",
            "recovery rows",
            "evaluation book",
            "tasks wordnet",
            "task own questions");
    assertThat(provenance.seeds().keySet())
        .containsExactly("calibration", "generation", "recovery", "scratch");
    assertThat(provenance.seeds().get("recovery")).containsExactly(7L);
    assertThat(provenance.seeds().get("generation")).containsExactly(9L);
  }

  @Test
  void countsStagesByWhatComputedThem() {
    Map<String, String> cpu = Map.of("device", "cpu");
    Map<String, String> gpu = Map.of("device", "cuda:0");
    Provenance provenance =
        of(plan("models = [a], ratios = [0.5]"), Origin.UNKNOWN)
            .with(List.of(on(gpu), on(cpu), on(gpu)), "then");
    assertThat(provenance.computed())
        .containsExactly(new Provenance.Computed(cpu, 1), new Provenance.Computed(gpu, 2));
    assertThat(provenance.ended()).isEqualTo("then");
  }

  @Test
  void isTheSameOnceItIsReadWithItsResults() throws IOException {
    SweepPlan plan = plan("models = [a], ratios = [0.5]");
    Origin origin = new Origin("run", "client", "models = [a]", "{\"seed\":42,\"a\":[\"b\"]}");
    SweepResults results =
        SweepResults.of(new SweepId("s"), plan, Map.of(), Map.of(), Map.of())
            .with(of(plan, origin).with(List.of(on(Map.of("device", "cpu"))), ""));
    assertThat(Json.MAPPER.readValue(ReportFiles.json(results), SweepResults.class))
        .isEqualTo(results);
  }
}
