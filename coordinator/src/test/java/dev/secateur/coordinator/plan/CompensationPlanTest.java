package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Plans with compensation as an axis of the grid. */
class CompensationPlanTest {
  private static final String GRID =
      """
      models = [a], strategies = [block], ratios = [0, 0.25, 0.5], criteria = [l2]
      recovery { strategies = [block], ratios = [0.25] }, export = true
      """;
  private static final String BOTH = GRID + "compensation = [none, least-squares]\n";

  private final FakeSources sources = new FakeSources("/models");

  private SweepPlan plan(String text) {
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
  }

  private static List<Stage> of(SweepPlan plan, StageKind kind) {
    return plan.stages().stream().filter(stage -> stage.kind() == kind).toList();
  }

  @Test
  void isAStageBetweenARecipeAndWhatReadsIt() throws Exception {
    SweepPlan plan = plan(BOTH);
    assertThat(plan.trials()).hasSize(1 + 2 * 2);
    assertThat(of(plan, StageKind.PRUNING)).as("shared by both").hasSize(3);
    assertThat(of(plan, StageKind.COMPENSATION)).hasSize(2);
    for (Trial trial : plan.trials()) {
      StageKey read = trial.compensation().orElse(trial.pruning());
      for (Stage stage : plan.stages()) {
        boolean own =
            trial.recovery().equals(java.util.Optional.of(stage.key()))
                || trial.export().equals(java.util.Optional.of(stage.key()));
        if (own) {
          assertThat(stage.inputs()).contains(read);
        }
      }
      assertThat(trial.stages()).contains(read, trial.pruning());
    }
    Set<StageKey> seen = new HashSet<>();
    plan.stages()
        .forEach(
            stage -> {
              assertThat(seen).containsAll(stage.inputs());
              seen.add(stage.key());
            });
    StageSpec spec = of(plan, StageKind.COMPENSATION).get(0).spec();
    String written = Json.MAPPER.writeValueAsString(spec);
    assertThat(written).contains("\"kind\":\"compensation\"", "\"ridge\":\"cross-validation\"");
    assertThat(Json.MAPPER.readValue(written, StageSpec.class)).isEqualTo(spec);
  }

  @Test
  void aSweepWithoutItIsAsItWas() throws Exception {
    Set<StageKey> before = plan(GRID).stages().stream().map(Stage::key).collect(Collectors.toSet());
    Set<StageKey> with = plan(BOTH).stages().stream().map(Stage::key).collect(Collectors.toSet());
    assertThat(with).containsAll(before);
    for (Trial trial : plan(GRID).trials()) {
      String written = Json.MAPPER.writeValueAsString(trial);
      assertThat(written).doesNotContain("compensation");
      assertThat(Json.MAPPER.readValue(written, Trial.class)).isEqualTo(trial);
    }
  }

  @Test
  void isFittedOnTheCalibrationSamplesWithTheRidgeThatIsAskedFor() {
    SweepPlan plan =
        plan(BOTH + "ridge = 0.3, calibration { samples = 7, length = 9 }, seed = 5\n");
    CompensationSpec spec = (CompensationSpec) of(plan, StageKind.COMPENSATION).get(0).spec();
    assertThat(spec.ridge()).isEqualTo(Ridge.of(0.3));
    assertThat(spec.samples().count()).isEqualTo(7);
    assertThat(spec.samples().length()).isEqualTo(9);
    assertThat(spec.samples().seed()).isEqualTo(5);
  }

  @Test
  void refittingInnerMatricesIsAStageOfItsOwn() throws Exception {
    SweepPlan plan = plan(GRID + "compensation = [least-squares, least-squares-outputs]\n");
    List<Stage> stages = of(plan, StageKind.COMPENSATION);
    assertThat(stages)
        .extracting(stage -> ((CompensationSpec) stage.spec()).inner())
        .containsExactly(true, false, true, false);
    assertThat(stages.stream().map(Stage::key))
        .containsAll(of(plan(BOTH), StageKind.COMPENSATION).stream().map(Stage::key).toList());
    for (Stage stage : stages) {
      String written = Json.MAPPER.writeValueAsString(stage.spec());
      assertThat(Json.MAPPER.readValue(written, StageSpec.class)).isEqualTo(stage.spec());
      boolean inner = ((CompensationSpec) stage.spec()).inner();
      assertThat(written.contains("inner")).as("written where it holds").isEqualTo(inner);
    }
  }

  @Test
  void strategiesThatItDoesNotGoWithAreLeftOutByName() {
    SweepConfig config =
        SweepConfigReader.read(
            BOTH.replace("[block], ratios = [0,", "[block, channel], ratios = [0,"),
            "sweep.conf",
            sources);
    SweepPlan plan = SweepPlanner.plan(config, sources);
    assertThat(plan.trials()).hasSize(1 + 2 * 2 + 2);
    assertThat(SweepPlanner.exclusions(config))
        .containsExactly("compensation least-squares can't be combined with strategy channel");
  }

  @Test
  void wrongValuesAreToldWithTheirKey() {
    assertThatThrownBy(() -> plan(GRID + "compensation = [least-square]\nridge = 0\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "'compensation[0]' is 'least-square'; allowed are none, least-squares, least-squares-outputs")
        .hasMessageContaining(
            "'ridge' is '0'; allowed are cross-validation, rule or a number above 0");
  }
}
