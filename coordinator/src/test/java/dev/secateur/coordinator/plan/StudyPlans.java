package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans of configurations, with sources that are nowhere. */
final class StudyPlans {
  static final String GRID = "models = [a], ratios = [0.25]\n";

  /** Matches everything by a ratio that tells what it is of. */
  static final FakeSources SOURCES =
      new FakeSources("/models") {
        @Override
        public BigDecimal matching(ModelRef model, Point reference, Point point) {
          return reference.ratio().divide(BigDecimal.valueOf(1 + reference.attention().first()));
        }
      };

  static SweepConfig config(String text) {
    return SweepConfigReader.read(text, "sweep.conf", SOURCES);
  }

  static SweepPlan plan(String text) {
    return SweepPlanner.plan(config(text), SOURCES);
  }

  static long count(SweepPlan plan, StageKind kind) {
    return plan.stages().stream().filter(stage -> stage.kind() == kind).count();
  }

  static <S extends StageSpec> List<S> specs(SweepPlan plan, Class<S> type) {
    return plan.stages().stream()
        .map(Stage::spec)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  static Set<StageKey> keys(SweepPlan plan) {
    return plan.stages().stream().map(Stage::key).collect(Collectors.toSet());
  }

  private StudyPlans() {}
}
