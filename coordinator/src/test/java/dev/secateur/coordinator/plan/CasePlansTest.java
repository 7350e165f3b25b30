package dev.secateur.coordinator.plan;

import static dev.secateur.coordinator.plan.StudyPlans.GRID;
import static dev.secateur.coordinator.plan.StudyPlans.count;
import static dev.secateur.coordinator.plan.StudyPlans.keys;
import static dev.secateur.coordinator.plan.StudyPlans.plan;
import static dev.secateur.coordinator.plan.StudyPlans.specs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import org.junit.jupiter.api.Test;

/** Cases beside the grid, rivals and sizes that match: what is planned of them. */
class CasePlansTest {
  @Test
  void casesSayWhatIsOtherInThem() {
    SweepPlan plan =
        plan(
            """
            models = [a]
            criteria = [l2]
            recovery { steps = 100 }
            trials = [
              { strategy = block, ratio = 0.25, layers = "4..30" }
              { strategy = channel, ratio = [0.2, 0.4] }
              { strategy = layer, ratio = 0.5, criterion = [first-n, last-n], recovery = off }
              { strategy = block, ratio = 0.25, recovery.rank = 4, seed = 7 }
            ]
            """);
    assertThat(plan.trials())
        .extracting(trial -> trial.point().strategy().label() + trial.point().ratio())
        .containsExactly(
            "block0.25", "channel0.2", "channel0.4", "layer0.5", "layer0.5", "block0.25");
    assertThat(plan.trials()).extracting(Trial::index).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(plan.trials().get(3).recovery()).isEmpty();
    assertThat(specs(plan, RecoverySpec.class))
        .extracting(r -> r.tuning().rank() + "," + r.seed())
        .containsExactlyInAnyOrder("8,42", "8,42", "8,42", "4,7");
    assertThat(count(plan, StageKind.DISCOVERY)).isEqualTo(1);
    SweepPlan grid =
        plan("models = [a], criteria = [l2], ratios = [0.25], recovery { steps = 100 }");
    assertThat(keys(plan)).containsAll(keys(grid));
  }

  @Test
  void aGridAndCasesStandBesideEachOther() {
    SweepPlan plan = plan(GRID + "trials = [{ ratio = 0.5 }, { model = b }]");
    assertThat(plan.trials())
        .extracting(trial -> trial.model().name() + trial.point().ratio())
        .containsExactly("a0.25", "a0.5", "b0.25");
  }

  @Test
  void rivalsAreOnlyEvaluated() {
    SweepPlan plan =
        plan(GRID + "rivals = [b, c], seeds = [1, 2], layers = \"3..5\", recovery { steps = 100 }");
    assertThat(plan.trials()).hasSize(2 + 2);
    Trial rival = plan.trials().get(3);
    assertThat(rival.model().name()).isEqualTo("c");
    assertThat(rival.stages()).containsExactly(rival.before(), rival.pruning());
    assertThat(plan("rivals = [b]").trials()).hasSize(1);
  }

  @Test
  void othersMatchTheSizeOfAStrategy() {
    SweepPlan plan =
        plan(
            "models = [a], ratios = [0, 0.5, 0.25], strategies = [block, channel], criteria = [l2]\n"
                + "match = block, layers = \"4..30\"");
    assertThat(plan.trials())
        .extracting(trial -> trial.point().strategy().label() + trial.point().ratio())
        .containsExactly("block0", "block0.5", "block0.25", "channel0.1", "channel0.05");
  }

  @Test
  void othersMatchTheSizeOfATrial() {
    SweepPlan plan =
        plan(
            """
            models = [a], criteria = [l2], match = paper
            trials = [
              { name = paper, strategy = block, ratio = 0.25, layers = "4..30" }
              { strategy = [channel, layer] }
            ]
            """);
    assertThat(plan.trials())
        .extracting(trial -> trial.point().strategy().label() + trial.point().ratio())
        .containsExactly("block0.25", "channel0.05", "layer0.05");
    SweepPlan grid =
        plan(
            "models = [a], criteria = [l2], strategies = [layer], match = paper\n"
                + "trials = [{ name = paper, strategy = block, ratio = 0.25, layers = \"4..30\" }]");
    assertThat(grid.trials())
        .extracting(trial -> trial.point().strategy())
        .containsExactly(Strategy.LAYER, Strategy.BLOCK);
  }

  @Test
  void refusesACaseThatRepeatsATrial() {
    assertThatThrownBy(
            () ->
                plan(
                    "models = [a]\nratios = [0.5, 0.2]\ntrials = [\n{ strategy = block, ratio = 0.5 }]"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sweep.conf:4: 'trials[0]' repeats a trial of the grid: a, block,");
    assertThatThrownBy(() -> plan("models = [a]\ntrials = [{ ratio = 0.5 },\n{ ratio = 0.50 }]"))
        .hasMessageContaining("'trials[1]' repeats a trial of sweep.conf:2: 'trials[0]'");
    assertThatThrownBy(() -> plan(GRID + "rivals = [b], trials = [{ model = b, ratio = 0 }]"))
        .hasMessageContaining("'rivals' repeats a trial of");
  }
}
