package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanSizeTest {
  private static final FakeSources SOURCES = new FakeSources("/");

  private static SweepConfig config(String text) {
    return SweepConfigReader.read(text, "s", SOURCES);
  }

  @Test
  void refusesAPlanThatTheHeapHasNoRoomFor() {
    PlanSize size =
        PlanSize.of(config("models = [a], ratios = [0.25, 0.5], criteria = [l2], export = true"));
    assertThatThrownBy(() -> size.check(9 << 10))
        .isInstanceOf(InputException.class)
        .hasMessageMatching(
            "the sweep has 2 trials and \\d+ stages, together more than the 3 that .*-Xmx1g");
    assertThatCode(() -> size.check(1 << 20)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models = [a], ratios = [0.25, 0.5], criteria = [l2]",
        "models = [a, b], ratios = [0.25, 0.5], criteria = [taylor-element1, wanda, l2], export = true",
        "models = [a], strategies = [block, channel, layer, ignore-dependencies], ratios = [0.2],"
            + " criteria = [taylor-element1, block-influence], steps = [1, 3], calibration.parts = 3",
        "models = [a], ratios = [0.2, 0.5], scopes = [local, measured], criteria = [obs, wanda],"
            + " aggregations = [sum, max], calibration.parts = 3",
        "models = [a], ratios = [0.2, 0.5], recovery { ratios = [0.5], data = wordnet }",
      })
  void isNeverLessThanThePlanAndCountsItsTrials(String text) {
    SweepConfig config = config(text);
    SweepPlan plan = SweepPlanner.plan(config, SOURCES);
    PlanSize size = PlanSize.of(config);
    assertThat(size.trials()).isEqualTo(plan.trials().size());
    assertThat(size.stages()).isBetween((long) plan.stages().size(), 3L * plan.stages().size());
  }
}
