package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepPlan;
import org.junit.jupiter.api.Test;

class PlanSizeTest {
  private static SweepPlan plan() {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(
        SweepConfigReader.read("models = [a], ratios = [0.25, 0.5], criteria = [l2]", "s", sources),
        sources);
  }

  @Test
  void refusesAPlanThatTheHeapHasNoRoomFor() {
    assertThatThrownBy(() -> PlanSize.check(plan(), 9 << 10))
        .isInstanceOf(InputException.class)
        .hasMessageMatching(
            "the sweep has 2 trials and \\d stages, together more than the 3 that .*-Xmx1g");
  }

  @Test
  void takesOneThatItHasRoomFor() {
    assertThatCode(() -> PlanSize.check(plan(), 1 << 20)).doesNotThrowAnyException();
  }
}
