package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClimbingPlanTest {
  private static final String MEASURED =
      """
      models = [a], ratios = [0.25], criteria = [obs], scopes = [local, measured]
      compensation = [none, least-squares], calibration { samples = 64, length = 64 }
      """;

  private static SweepConfig config(String text) {
    return SweepConfigReader.read(text, "sweep.conf", new FakeSources("/models"));
  }

  private static SweepPlan plan(String text) {
    return SweepPlanner.plan(config(text), new FakeSources("/models"));
  }

  private static List<PruningSpec> prunings(SweepPlan plan) {
    return plan.stages().stream()
        .map(Stage::spec)
        .filter(PruningSpec.class::isInstance)
        .map(PruningSpec.class::cast)
        .toList();
  }

  private static Optional<Ridge> ridge(PruningSpec spec) {
    return spec.selection() instanceof Selection.Climbing climbing
        ? climbing.compensation()
        : Optional.empty();
  }

  @Test
  void climbingIsAnAxisOfScopeMeasuredThatLeavesOtherKeysAsTheyWere() throws Exception {
    SweepPlan without = plan(MEASURED);
    SweepPlan off = plan(MEASURED + "climbing = [0]");
    assertThat(off.stages()).isEqualTo(without.stages());
    SweepPlan both = plan(MEASURED + "climbing = [0, 40]");
    assertThat(both.stages()).containsAll(without.stages());
    assertThat(both.trials()).hasSize(without.trials().size() + 2);
    List<PruningSpec> climbing =
        prunings(both).stream().filter(p -> p.point().climbing() == 40).toList();
    assertThat(climbing)
        .as("with each compensation, whose refit the moves are measured with")
        .extracting(ClimbingPlanTest::ridge)
        .containsExactlyInAnyOrder(Optional.empty(), Optional.of(Ridge.RULE));
    assertThat(climbing).allMatch(p -> p.selection() instanceof Selection.Climbing);
    for (PruningSpec spec : prunings(both)) {
      String written = Json.MAPPER.writeValueAsString(spec);
      boolean climbs = spec.point().climbing() > 0;
      assertThat(written.contains("climbing")).isEqualTo(climbs);
      assertThat(written.contains("ridge")).isEqualTo(ridge(spec).isPresent());
      assertThat(Json.MAPPER.readValue(written, StageSpec.class)).isEqualTo(spec);
    }
  }

  @Test
  void climbingOnFewTokensIsRefused() {
    String few = MEASURED.replace("samples = 64", "samples = 63");
    assertThatThrownBy(() -> plan(few + "climbing = [0, 40]"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'climbing' measures moves on the calibration samples")
        .hasMessageContaining("63 of 64 tokens; with fewer than 4096");
    assertThat(plan(few + "climbing = [0]").trials()).hasSize(4);
    assertThat(plan(few.replace(", measured", "") + "climbing = [0, 40]").trials())
        .as("where nothing climbs")
        .hasSize(2);
  }

  @Test
  void climbingMovesBytesAndLeavesLatencyAsItIs() {
    String targets = MEASURED + "targets = [bytes, latency], timing { device = cpu }\n";
    SweepPlan plan = plan(targets + "climbing = [0, 40]");
    assertThat(prunings(plan).stream().filter(p -> p.point().climbing() == 40))
        .hasSize(2)
        .allMatch(p -> p.point().target() == Target.BYTES)
        .allMatch(p -> p.selection() instanceof Selection.Climbing);
    assertThat(prunings(plan).stream().filter(p -> p.point().target() == Target.LATENCY))
        .hasSize(1)
        .allMatch(p -> p.selection() instanceof Selection.ByLatency);
    assertThat(SweepPlanner.exclusions(config(targets + "climbing = [40]")))
        .contains(
            "climbing swaps units that save the same, but under target latency the saving of"
                + " a unit depends on how many are left; choose another target or climbing 0");
  }

  @Test
  void refitsOfAllMatricesClimbByTheOutputMatricesAlone() {
    SweepPlan plan =
        plan(
            MEASURED.replace("[none, least-squares]", "[least-squares, least-squares-outputs]")
                + "climbing = [40]");
    assertThat(prunings(plan).stream().filter(p -> p.point().climbing() == 40))
        .as("one climb for both")
        .singleElement()
        .satisfies(p -> assertThat(ridge(p)).hasValue(Ridge.RULE));
  }
}
