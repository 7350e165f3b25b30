package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent.SweepReplanned;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReplanningTest {
  private static final CodeVersion OLD = new CodeVersion(6);
  private static final CodeVersion NEW = new CodeVersion(7);

  /** With a stage of every kind, and every way that one reads another. */
  private static final String EVERYTHING =
      """
      models = [a, b], ratios = [0.25, 0.5], criteria = [taylor-element2, l2, "scores:s"], steps = [1, 2]
      calibration { parts = 2 }
      recovery { ratios = [0.25], scratch { learning-rate = 1e-3 } }
      memory { recovery = 2 GiB }
      export = true, compensation = [none, least-squares]
      scopes = [local, measured], targets = [parameters, latency], timing { device = cpu }
      """;

  private static SweepPlan plan(CodeVersion version) {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(
        SweepConfigReader.read(EVERYTHING, "sweep.conf", sources), sources, version);
  }

  private static SweepReplanned replanned(SweepPlan plan) {
    return Replanning.of(new SweepId("s"), plan, NEW);
  }

  @Test
  void givesWhatTheNewVersionPlansOfTheSameConfiguration() {
    SweepPlan old = plan(OLD);
    assertThat(old.stages().stream().map(Stage::kind)).contains(StageKind.values());
    assertThat(Replanning.plan(old, replanned(old))).isEqualTo(plan(NEW));
  }

  @Test
  void sharesNoKeyWithTheOldPlan() {
    SweepPlan old = plan(OLD);
    Set<StageKey> before = old.stages().stream().map(Stage::key).collect(Collectors.toSet());
    SweepReplanned event = replanned(old);
    assertThat(event.from()).isEqualTo(OLD);
    assertThat(event.keys().keySet()).isEqualTo(before);
    assertThat(event.keys().values()).doesNotHaveDuplicates().doesNotContainAnyElementsOf(before);
  }

  @Test
  void keepsAStageOnceThatTheNewVersionTellsFromNoOther() {
    SweepPlan old = plan(OLD);
    List<Stage> prunings =
        old.stages().stream().filter(stage -> stage.kind() == StageKind.PRUNING).toList();
    SweepReplanned event = replanned(old);
    Map<StageKey, StageKey> keys = new HashMap<>(event.keys());
    keys.put(prunings.get(1).key(), keys.get(prunings.get(0).key()));
    SweepPlan merged =
        Replanning.plan(
            old, new SweepReplanned(event.sweep(), OLD, NEW, "digest", Map.copyOf(keys)));
    assertThat(merged.stages()).hasSize(old.stages().size() - 1);
    assertThat(new HashSet<>(merged.stages())).hasSameSizeAs(merged.stages());
    assertThat(merged.trials()).hasSameSizeAs(old.trials());
  }
}
