package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TimingSpec;
import dev.secateur.protocol.Trial;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SweepPlannerTest {
  private static final String GRID =
      """
      models = [a, b]
      strategies = [block, channel]
      ratios = [0.1, 0.25, 0.5]
      criteria = [taylor-element1, taylor-vector, l1, l2]
      aggregations = [sum, max]
      recovery { strategies = [block], ratios = [0.5] }
      """;

  /** With a stage of every kind, estimated in every way, with and without steps. */
  private static final String EVERYTHING =
      """
      models = [a], strategies = [block, layer], ratios = [0.25], steps = [1, 2]
      criteria = [taylor-element2, l2, wanda, random, first-n]
      calibration { parts = 2 }
      recovery { strategies = [block], scratch {} }
      export = true
      """;

  private static SweepPlan plan(String text, String folder) {
    FakeSources sources = new FakeSources(folder);
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
  }

  private static Map<StageKind, Long> counts(SweepPlan plan) {
    return plan.stages().stream()
        .collect(Collectors.groupingBy(Stage::kind, Collectors.counting()));
  }

  @Test
  void sharesWhatTrialsHaveInCommon() {
    SweepPlan plan = plan(GRID, "/models");
    assertThat(plan.trials()).hasSize(2 * 2 * 3 * 4 * 2);
    assertThat(counts(plan))
        .containsEntry(StageKind.DISCOVERY, 2L) // a model
        .containsEntry(StageKind.ESTIMATION, 8L) // model, strategy, criterion family
        .containsEntry(StageKind.PRUNING, 96L)
        .containsEntry(StageKind.RECOVERY, 16L)
        .containsEntry(StageKind.EVALUATION, 2L + 96L + 16L);
  }

  @Test
  void stagesNeedTheMemoryThatIsDeclaredElseWhatTheirModelsSizesSay() {
    FakeSources sources =
        new FakeSources("/models") {
          @Override
          public OptionalLong memory(StageSpec stage) {
            return stage.kind() == StageKind.DISCOVERY
                ? OptionalLong.empty()
                : OptionalLong.of(stage.kind().ordinal());
          }
        };
    SweepPlan plan =
        SweepPlanner.plan(
            SweepConfigReader.read(GRID + "memory { recovery = 2 GiB }", "sweep.conf", sources),
            sources);
    assertThat(plan.stages())
        .allSatisfy(
            stage ->
                assertThat(stage.memory())
                    .isEqualTo(
                        switch (stage.kind()) {
                          case DISCOVERY -> new MemoryNeed.Unknown();
                          case RECOVERY -> new MemoryNeed.AtLeast(2L << 30);
                          default -> new MemoryNeed.AtLeast(stage.kind().ordinal());
                        }));
  }

  @Test
  void putsInputsBeforeWhatReadsThem() {
    Set<StageKey> seen = new HashSet<>();
    for (Stage stage : plan(GRID, "/models").stages()) {
      assertThat(seen).containsAll(stage.inputs());
      seen.add(stage.key());
    }
  }

  @Test
  void stagesAreCalledInJsonAsTheirKindIs() {
    String all =
        GRID.replace("ratios = [0.5]", "ratios = [0.5], scratch {}")
            + "export = true, criteria += \"scores:s\", compensation = [none, least-squares]"
            + ", scopes = [local, measured], targets = [macs, latency], timing { device = cpu }";
    SweepPlan plan = plan(all, "/models");
    assertThat(counts(plan)).containsOnlyKeys(StageKind.values());
    assertThat(plan.stages())
        .allSatisfy(
            stage ->
                assertThat(Json.MAPPER.valueToTree(stage.spec()).path("kind").asText())
                    .isEqualTo(stage.kind().label()));
  }

  @Test
  void keysDoNotDependOnWhereAModelLies() {
    assertThat(plan(GRID, "/elsewhere").digest()).isEqualTo(plan(GRID, "/models").digest());
  }

  @Test
  void aWiderGridKeepsTheKeysOfANarrowerOne() {
    Set<StageKey> narrow =
        plan(GRID, "/models").stages().stream().map(Stage::key).collect(Collectors.toSet());
    String wider = GRID.replace("[0.1, 0.25, 0.5]", "[0.1, 0.2, 0.25, 0.5]");
    assertThat(plan(wider, "/models").stages().stream().map(Stage::key)).containsAll(narrow);
  }

  @Test
  void keysOfEvaluationsAloneDependOnTheBeginToken() {
    Set<StageKey> usual = keysBesideEvaluations(plan(GRID, "/models"));
    for (String setting :
        new String[] {
          "evaluation { begin-token = always }", "evaluation { perplexity-begin = window }"
        }) {
      SweepPlan other = plan(GRID + setting, "/models");
      assertThat(other.digest()).isNotEqualTo(plan(GRID, "/models").digest());
      assertThat(keysBesideEvaluations(other)).isEqualTo(usual);
    }
    assertThat(
            plan(GRID + "evaluation { begin-token = tokenizer, perplexity-begin = start }", "/m")
                .digest())
        .isEqualTo(plan(GRID, "/models").digest());
  }

  /** Whoever has artifacts from before there was a choice keeps them. */
  @Test
  void keysOfFloat32AreThoseOfPlansThatCouldNotChoose() {
    for (String setting : new String[] {"", "compute = float32"}) {
      FakeSources sources = new FakeSources("/models");
      SweepConfig config = SweepConfigReader.read(EVERYTHING + setting, "sweep.conf", sources);
      assertThat(SweepPlanner.plan(config, sources, new CodeVersion(6)).digest())
          .isEqualTo("42361a5e2cdfbd00c1d4eed662c502db47d59552");
    }
  }

  @Test
  void keysOfWhatComputesDependOnThePrecision() {
    SweepPlan wide = plan(EVERYTHING, "/models");
    SweepPlan narrow = plan(EVERYTHING + "compute = bfloat16", "/models");
    Set<StageKey> usual = wide.stages().stream().map(Stage::key).collect(Collectors.toSet());
    for (Stage stage : narrow.stages()) {
      boolean same = usual.contains(stage.key());
      switch (stage.kind()) {
        case DISCOVERY -> assertThat(same).isTrue();
        case EVALUATION -> assertThat(stage.spec().precision()).isEqualTo(Precision.BFLOAT16);
        case ESTIMATION -> {
          EstimationSpec spec = (EstimationSpec) stage.spec();
          boolean reads = spec.criteria().get(0).readsWeights();
          assertThat(same).as(spec.toString()).isNotEqualTo(reads);
          assertThat(spec.precision() == Precision.BFLOAT16).isEqualTo(reads);
        }
        case PRUNING -> {
          PruningSpec spec = (PruningSpec) stage.spec();
          boolean reads = spec.point().criterion().readsWeights();
          assertThat(same).as(spec.toString()).isNotEqualTo(reads);
          assertThat(spec.precision() == Precision.BFLOAT16)
              .isEqualTo(reads && spec.point().steps() > 1);
        }
        default -> {}
      }
    }
  }

  private static Set<StageKey> keysBesideEvaluations(SweepPlan plan) {
    return plan.stages().stream()
        .filter(stage -> stage.kind() != StageKind.EVALUATION)
        .map(Stage::key)
        .collect(Collectors.toSet());
  }

  @Test
  void saysThatAWarmupIsLongerThanTheTraining() {
    FakeSources sources = new FakeSources("/models");
    String text = "models = [a], ratios = [0.5], recovery { warmup = 100, %s }";
    assertThat(
            SweepPlanner.notices(
                SweepConfigReader.read(text.formatted("steps = 60"), "s", sources)))
        .containsExactly(
            "recovery.warmup of 100 steps is longer than the training of 60: the learning rate"
                + " does not reach its peak");
    for (String budget : new String[] {"steps = 100", "epochs = 2"}) {
      assertThat(SweepPlanner.notices(SweepConfigReader.read(text.formatted(budget), "s", sources)))
          .isEmpty();
    }
  }

  @Test
  void keysDependOnTheSeed() {
    assertThat(plan(GRID + "seed = 7", "/models").digest())
        .isNotEqualTo(plan(GRID, "/models").digest());
  }

  @Test
  void trainsFromScratchWhatIsRecoveredWhereAsked() {
    SweepPlan plan =
        plan("models = [a], ratios = [0.1, 0.5], recovery { ratios = [0.5], scratch {} }", "/");
    assertThat(counts(plan))
        .containsEntry(StageKind.RECOVERY, 1L)
        .containsEntry(StageKind.TRAINING, 1L)
        .containsEntry(StageKind.EVALUATION, 1L + 2L + 1L + 1L);
    assertThat(plan.trials().get(0).training()).isEmpty();
    assertThat(plan.trials().get(1).ofRecovery()).hasSize(4);
  }

  @Test
  void exportsOnlyWhereAsked() {
    assertThat(counts(plan(GRID, "/models"))).doesNotContainKey(StageKind.EXPORT);
    assertThat(counts(plan(GRID + "export = true", "/models")))
        .containsEntry(StageKind.EXPORT, 96L);
  }

  @Test
  void splitsWhatAddsUpAndMergesItInOrder() {
    SweepPlan plan =
        plan(
            """
            models = [a], ratios = [0.25, 0.5], criteria = [taylor-vector, taylor-element1, ablation]
            calibration { parts = 3 }
            """,
            "/models");
    assertThat(counts(plan)).containsEntry(StageKind.ESTIMATION, 4L + 1 + 4);
    assertThat(plan.stages())
        .filteredOn(stage -> stage.kind() == StageKind.ESTIMATION && stage.inputs().size() > 1)
        .allSatisfy(merge -> assertThat(merge.inputs()).hasSize(1 + 3));
  }

  @Test
  void leavesOutPointsThatMakeNoSense() {
    SweepPlan plan =
        plan(
            """
            models = [a], ratios = [0.5]
            strategies = [block, layer], criteria = [l2, block-influence, first-n]
            """,
            "/models");
    assertThat(plan.trials()).hasSize(1 + 3);
  }

  @Test
  void scopesTargetsStepsAndLayersAreAxes() {
    SweepPlan plan =
        plan(
            """
            models = [a], ratios = [0.25], scopes = [local, global], targets = [group-ratio, macs]
            steps = [1, 4], layers = ["0..1", "1..2"]
            """,
            "/models");
    assertThat(plan.trials()).hasSize(2 * 2 * 2 * 2);
    assertThat(counts(plan)).containsEntry(StageKind.ESTIMATION, 2L);
  }

  @Test
  void profilesStructuresOfAllLayersOnceForAllBudgets() {
    SweepPlan plan =
        plan(
            """
            models = [a], ratios = [0.25, 0.5], criteria = [obs, l2], scopes = [local, measured]
            targets = [group-ratio, parameters, macs], calibration { parts = 3 }
            """,
            "/models");
    assertThat(plan.trials()).hasSize(2 * 2 * 2 * 3);
    assertThat(counts(plan))
        .containsEntry(StageKind.ESTIMATION, 2L * 2) // the layers by default are others
        .containsEntry(StageKind.PROFILE, 2L * (3 + 1));
    for (Trial trial : plan.trials()) {
      PruningSpec pruning =
          (PruningSpec)
              plan.stages().stream()
                  .filter(stage -> stage.key().equals(trial.pruning()))
                  .findFirst()
                  .orElseThrow()
                  .spec();
      boolean measured = trial.point().scope() == Scope.MEASURED;
      assertThat(pruning.selection() instanceof Selection.Allocation).isEqualTo(measured);
      assertThat(pruning.inputs()).hasSize(measured ? 3 : 2);
      assertThat(trial.stages()).containsAll(pruning.inputs());
      if (measured) {
        assertThat(trial.point().attention().first()).isZero();
      }
    }
  }

  private static PruningSpec pruning(SweepPlan plan, Trial trial) {
    return (PruningSpec)
        plan.stages().stream()
            .filter(stage -> stage.key().equals(trial.pruning()))
            .findFirst()
            .orElseThrow()
            .spec();
  }

  @Test
  void timesStructuresOnceForAllBudgetsOfLatency() {
    String sweep =
        """
        models = [a], ratios = [0.25, 0.5], criteria = [obs, l2], scopes = [local, measured]
        targets = [parameters, bytes, latency], timing { device = %s, batch = 4 }
        """;
    SweepPlan plan = plan(sweep.formatted("cpu"), "/models");
    assertThat(plan.trials()).as("bytes and latency of scope measured alone").hasSize(2 * 2 * 4);
    assertThat(counts(plan))
        .containsEntry(StageKind.PROFILE, 2L)
        .containsEntry(StageKind.TIMING, 1L);
    for (Trial trial : plan.trials()) {
      PruningSpec pruning = pruning(plan, trial);
      boolean timed = trial.point().target() == Target.LATENCY;
      assertThat(pruning.selection() instanceof Selection.ByLatency).isEqualTo(timed);
      assertThat(trial.stages()).containsAll(pruning.inputs());
    }
    assertThat(plan.stages().stream().filter(stage -> stage.kind() == StageKind.TIMING))
        .singleElement()
        .satisfies(
            stage -> {
              TimingSpec timing = (TimingSpec) stage.spec();
              assertThat(timing.device()).hasValue("cpu");
              assertThat(timing.protocol()).isEqualTo(new LatencyProtocol(4, 64, 0, 3, 10));
            });
    Set<StageKey> keys = keys(plan);
    SweepPlan other = plan(sweep.formatted("H100"), "/models");
    assertThat(keys(other)).hasSameSizeAs(keys);
    assertThat(keys(other).stream().filter(key -> !keys.contains(key)))
        .as("times of another device, and what is chosen by them")
        .hasSize(1 + 2 * 2 * 2);
  }

  private static Set<StageKey> keys(SweepPlan plan) {
    return plan.stages().stream().map(Stage::key).collect(Collectors.toSet());
  }

  @Test
  void keysOfOtherTargetsDoNotKnowOfTimes() {
    SweepPlan plan =
        plan("models = [a], ratios = [0.5], criteria = [l2], scopes = [measured]", "/models");
    assertThat(
            keys(
                plan(
                    "models = [a], ratios = [0.5], criteria = [l2], scopes = [measured], timing {"
                        + " device = gpu, length = 7 }",
                    "/models")))
        .isEqualTo(keys(plan));
  }

  @Test
  void leavesOutWhatScopeMeasuredAndObsCanNotDo() {
    SweepPlan plan =
        plan(
            """
            models = [a], ratios = [0.5], strategies = [block, channel, layer], steps = [1, 2]
            criteria = [obs, l2], scopes = [measured]
            """,
            "/models");
    assertThat(plan.trials()).hasSize(2);
    assertThat(
            SweepPlanner.exclusions(
                SweepConfigReader.read(
                    "models = [a], ratios = [0.5], strategies = [channel], criteria = [obs, l2],"
                        + " scopes = [measured]",
                    "sweep.conf",
                    new FakeSources("/models"))))
        .containsExactly(
            "criterion obs scores no units of strategy channel",
            "scope measured profiles heads and channels of strategy block, not units of strategy"
                + " channel");
  }
}
