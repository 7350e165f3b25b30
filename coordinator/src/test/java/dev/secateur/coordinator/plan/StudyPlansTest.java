package dev.secateur.coordinator.plan;

import static dev.secateur.coordinator.plan.StudyPlans.GRID;
import static dev.secateur.coordinator.plan.StudyPlans.config;
import static dev.secateur.coordinator.plan.StudyPlans.count;
import static dev.secateur.coordinator.plan.StudyPlans.keys;
import static dev.secateur.coordinator.plan.StudyPlans.plan;
import static dev.secateur.coordinator.plan.StudyPlans.specs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TrainingSpec;
import dev.secateur.protocol.Trial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Axes beside the grid's, cases, repetitions and sizes that match: what is planned of them. */
class StudyPlansTest {
  @Test
  void seedsRepeatWhatDrawsWithThemAndShareTheRest() {
    String recovered = "recovery { steps = 200 }\n";
    SweepPlan plan = plan(GRID + "criteria = [l2, taylor-vector], seeds = [1, 2, 3]\n" + recovered);
    assertThat(plan.trials()).hasSize(6);
    assertThat(count(plan, StageKind.ESTIMATION)).isEqualTo(1 + 3); // l2 draws nothing
    assertThat(count(plan, StageKind.PRUNING)).isEqualTo(1 + 3);
    assertThat(count(plan, StageKind.RECOVERY)).isEqualTo(6);
    assertThat(count(plan, StageKind.EVALUATION)).isEqualTo(1 + 4 + 6);
    SweepPlan one = plan(GRID + "criteria = [l2, taylor-vector], seed = 2\n" + recovered);
    assertThat(keys(plan)).containsAll(keys(one));
  }

  @Test
  void whatNothingDependsOnIsLeftOutAndSaid() {
    String text = GRID + "criteria = [l2, random], seeds = [1, 2], calibration.samples = [5, 10]";
    SweepPlan plan = plan(text);
    assertThat(plan.trials())
        .extracting(trial -> trial.point().criterion().label())
        .containsExactlyInAnyOrder("l2", "random", "random");
    assertThat(SweepPlanner.repeated(config(text), plan).orElseThrow())
        .startsWith("5 trials that repeat others");
  }

  @Test
  void calibrationIsAnAxisOfItsEstimationsAlone() {
    SweepPlan plan =
        plan(
            GRID
                + "aggregations = [sum, max], calibration { samples = [5, 10], text = [wordnet, b]"
                + ", length = 32, sampling = [rows, window] }");
    assertThat(plan.trials()).hasSize(2 * 2 * 2 * 2);
    assertThat(count(plan, StageKind.ESTIMATION)).isEqualTo(8);
    assertThat(specs(plan, EstimationSpec.class))
        .extracting(EstimationSpec::samples)
        .extracting(Samples::count)
        .containsOnly(5, 10);
    SweepPlan one = plan(GRID + "calibration { samples = 10, length = 32 }");
    assertThat(keys(plan)).containsAll(keys(one));
  }

  @Test
  void recoveryIsAnAxisOfItsSettingsAndOff() {
    SweepPlan plan =
        plan(
            GRID
                + "recovery = [off, { steps = [10, 20], rank = [4, 8], warmup = 0\n"
                + "targets = [[q_proj], [q_proj, v_proj], all] }, { data = b, rows = 100 }]");
    assertThat(plan.trials()).hasSize(1 + 2 * 2 * 3 + 1);
    assertThat(count(plan, StageKind.PRUNING)).isEqualTo(1);
    assertThat(plan.trials().get(0).recovery()).isEmpty();
    assertThat(specs(plan, RecoverySpec.class))
        .extracting(recovery -> recovery.tuning().targets())
        .contains(List.of("q_proj"), List.of("q_proj", "v_proj"), List.of());
    assertThat(specs(plan, RecoverySpec.class))
        .extracting(recovery -> recovery.tuning().rows())
        .contains(100);
    SweepPlan one =
        plan(GRID + "recovery { steps = 20, rank = 4, warmup = 0, targets = [q_proj] }");
    assertThat(keys(plan)).containsAll(keys(one));
  }

  @Test
  void scratchAloneTrainsNoAdapter() {
    SweepPlan plan =
        plan(GRID + "export = true, recovery { steps = 100, method = [lora, scratch] }");
    assertThat(plan.trials()).hasSize(2);
    Trial scratch = plan.trials().get(1);
    assertThat(scratch.recovery()).isEmpty();
    assertThat(scratch.training()).isPresent();
    assertThat(scratch.ofRecovery())
        .containsExactlyInAnyOrder(
            scratch.training().get(), scratch.trained().get(), scratch.export().get());
  }

  @Test
  void furtherTextsAreStagesOfTheirOwnOfEveryModel() {
    String recovery = "recovery { steps = 100 }\n";
    SweepPlan plan =
        plan(
            GRID
                + recovery
                + "evaluation { window = 64, tasks = t, texts = [ptb.txt, { name = long, text ="
                + " wordnet, window = 512, windows = 9 }] }");
    Trial trial = plan.trials().get(0);
    assertThat(trial.further())
        .extracting(one -> one.role().label() + " " + ((Trial.Further.OnText) one).text())
        .containsExactly(
            "before ptb",
            "before long",
            "pruned ptb",
            "pruned long",
            "recovered ptb",
            "recovered long");
    assertThat(trial.stages())
        .containsAll(trial.further().stream().map(Trial.Further::key).toList());
    assertThat(trial.ofRecovery()).contains(trial.further().get(5).key());
    assertThat(trial.ofRecovery()).doesNotContain(trial.further().get(3).key());
    assertThat(specs(plan, EvaluationSpec.class))
        .filteredOn(evaluation -> evaluation.window() == 512)
        .hasSize(3)
        .allSatisfy(evaluation -> assertThat(evaluation.hasTasks()).isFalse());
    String without = GRID + recovery + "evaluation { window = 64, tasks = t }";
    assertThat(keys(plan)).containsAll(keys(plan(without)));
  }

  @Test
  void aTuningCurveIsOneTraining() {
    SweepPlan plan =
        plan(
            GRID
                + "evaluation.latency {}\nrecovery { steps = 100, warmup = 0, evaluate-every = 40,"
                + " scratch {} }");
    assertThat(count(plan, StageKind.RECOVERY)).isEqualTo(1);
    assertThat(plan.trials().get(0).further())
        .extracting(one -> ((Trial.Further.OnTheWay) one).step())
        .containsExactly(40, 80);
    assertThat(specs(plan, EvaluationSpec.class))
        .filteredOn(evaluation -> evaluation.subject() instanceof Subject.Recovering)
        .hasSize(2)
        .allSatisfy(evaluation -> assertThat(evaluation.speed().protocol()).isEmpty());
    assertThat(specs(plan, TrainingSpec.class))
        .allSatisfy(training -> assertThat(training.tuning().keepEvery()).isZero());
  }

  @Test
  void layersAreOfAModelAndAStructure() {
    SweepPlan plan =
        plan(
            "models = [a, b], ratios = [0.5], criteria = [l2]\n"
                + "layers { a = [\"1..3\", \"2..4\"], b = \"4..5\" }, mlp-layers = \"0..9\"");
    assertThat(plan.trials())
        .extracting(trial -> trial.model().name() + trial.point().attention() + trial.point().mlp())
        .containsExactly(
            "a" + new LayerSpan(1, 3) + new LayerSpan(0, 9),
            "a" + new LayerSpan(2, 4) + new LayerSpan(0, 9),
            "b" + new LayerSpan(4, 5) + new LayerSpan(0, 9));
  }

  @Test
  void eachLayerByItself() {
    SweepPlan plan = plan(GRID + "layers = [each, default], criteria = [l2]");
    assertThat(plan.trials()).hasSize(32 + 1);
    assertThat(plan.trials().get(31).point().mlp()).isEqualTo(new LayerSpan(31, 32));
  }

  @Test
  void theDenseModelIsAControlOfItsOwnKind() {
    SweepPlan plan =
        plan(
            "models = [a], ratios = [0, 0.5], strategies = [block, channel], criteria = [l2, l1]\n"
                + "recovery { strategies = [channel], steps = 100 }");
    assertThat(plan.trials()).hasSize(1 + 4);
    Trial dense = plan.trials().get(0);
    assertThat(dense.after()).isEqualTo(dense.before());
    assertThat(dense.recovery()).isPresent();
    PruningSpec pruning =
        (PruningSpec)
            plan.stages().stream()
                .filter(stage -> stage.key().equals(dense.pruning()))
                .findFirst()
                .orElseThrow()
                .spec();
    assertThat(pruning.inputs()).isEmpty();
    assertThat(dense.stages()).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "models = [a] | 'ratios' is missing",
        "models = [a], trials = [{ strategy = block }] | 'ratios' is missing",
        "models = [a], trials = [{ ratio = 0.5, evaluation = {} }] | has the unknown key 'evaluation'",
        "models = [a], trials = [{ layrs = 0.5 }] | did you mean 'layers'?",
        "models = [a], trials = [{ ratio = 0.5, ratios = [0.2] }] | has both 'ratio' and 'ratios'",
        "models = [a], trials = [{ ratio = 0.5, strategy = blok }] | 'strategies[0]' is 'blok'",
        "models = [a], trials = [0.5] | 'trials[0]' is 0.5, not an object",
        "models = [a], trials = [{ ratio = 0.5, recovery.rnk = 2 }] | unknown key 'recovery.rnk'",
        "models = [a], ratios = [0.5], seed = 1, seeds = [2] | cannot be combined with 'seed'",
        "models = [a], ratios = [0.5], seeds = [2, 2] | 'seeds[1]' repeats 2",
        "models = [a], ratios = [0.5], recovery = on | not an object in braces or off",
        "models = [a], ratios = [0.5], recovery.dropout = [0.1] | 'recovery.dropout' is",
        "models = [a], ratios = [0.5], evaluation.window = [8] | 'evaluation.window' is",
        "models = [a], ratios = [0.5], calibration.samples = [] | is an empty list",
        "models = [a], ratios = [0.5], calibration.samples = [1, 1] | 'calibration.samples' repeats 1",
        "models = [a], ratios = [0.5], recovery.evaluate-every = 5 | needs 'steps'",
        "models = [a], ratios = [0.5], layers = eech | allowed are 'default', 'each'",
        "models = [a], ratios = [0.5], layers { c = each } | nor one of the models a",
        "models = [a], ratios = [0.5], attention-layers = \"9..99\" | has 32 layers",
        "models = [a], ratios = [0.5], match = channel | neither a strategy of the sweep",
        "models = [a], trials = [{ name = x, ratio = [0.5, 0.2] }], match = x | must be one trial",
        "models = [a], ratios = [0.5], trials = [{ name = x, ratio = 0.2 }], match = x | how much",
        "models = [a], ratios = [0.5], evaluation.texts = [b, b] | has 'b' twice",
        "models = [a], ratios = [-0.5] | a ratio lies between 0 and 1",
        "models = [a], ratios = [1] | a ratio lies between 0 and 1",
        "models = [a], ratios = [0.5], trials = [{ ratio = 0.2, recovery.when.top = 1 }], recovery {}"
            + " | has different values of 'when'"
      })
  void refuses(String text, String complaint) {
    assertThatThrownBy(() -> config(text))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sweep.conf")
        .hasMessageContaining(complaint);
  }

  @Test
  void refusesGridsThatAreTooLargeInEveryAxis() {
    String many = "[" + "1,".repeat(1000) + "]";
    for (String axes :
        List.of(
            "seeds = " + many + ", calibration.samples = " + many,
            "recovery.steps = " + many + ", recovery.rank = " + many,
            "steps = " + many + ", trials = [{ ratio = 0.5, seeds = " + many + " }]")) {
      assertThatThrownBy(() -> config(GRID + axes)).hasMessageContaining("too large");
    }
    String curve = "recovery { steps = 2000000000, evaluate-every = 1, warmup = 0 }";
    assertThatThrownBy(() -> config(GRID + curve))
        .hasMessageContaining("'evaluation' makes 1999999999 evaluations of texts and of adapters");
  }

  @Test
  void sizesOfPlansAreNotUnderstated() {
    for (String text :
        List.of(
            "seeds = [1, 2], calibration.samples = [1, 2], recovery = [off, { steps = [1, 2] }]",
            "layers = each, evaluation.texts = [b, c], rivals = [d]",
            "trials = [{ ratio = [0, 0.5], strategy = [channel, layer] }]",
            "recovery { steps = 100, evaluate-every = 30, scratch {} }, export = true")) {
      SweepPlan plan = plan(GRID + text);
      PlanSize size = PlanSize.of(config(GRID + text));
      assertThat(size.trials()).as(text).isGreaterThanOrEqualTo(plan.trials().size());
      assertThat(size.stages()).as(text).isGreaterThanOrEqualTo(plan.stages().size());
    }
  }

  @Test
  void plansTheDocumentedExample() throws Exception {
    String document = Files.readString(Path.of("SWEEPS.md"));
    String section = document.substring(document.indexOf("## Studies"));
    String example = section.substring(section.indexOf("```hocon") + 8);
    SweepPlan plan = plan(example.substring(0, example.indexOf("```")));
    assertThat(plan.trials())
        .extracting(trial -> trial.model().name())
        .contains("demo", "/models/other-3b");
    assertThat(plan.trials())
        .extracting(trial -> trial.point().strategy())
        .contains(Strategy.CHANNEL);
    assertThat(plan.trials().stream().filter(trial -> !trial.further().isEmpty())).isNotEmpty();
  }
}
