package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecoveryChoiceTest {
  private static final WorkerId WORKER = new WorkerId("one", "1");

  private final List<SweepEvent> events = new ArrayList<>();
  private CoordinatorState state = CoordinatorState.empty();

  /** A sweep of four trials, of which the one of seed order i has the perplexity given. */
  private SweepPlan run(String when, double... perplexities) {
    FakeSources sources = new FakeSources("/");
    String text =
        "models = [a], ratios = [0.5], criteria = [l1, l2, random, wanda], recovery { when { "
            + when
            + " } }";
    SweepPlan plan =
        SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
    Map<StageKey, Double> byStage = new HashMap<>();
    for (Trial trial : plan.trials()) {
      byStage.put(trial.after(), perplexities[trial.index()]);
    }
    happen(
        Decisions.submit(
            state,
            new Submit(
                new SweepId("s"),
                plan,
                "/runs",
                false,
                10,
                IdempotencyKey.NONE,
                Instant.EPOCH,
                Origin.UNKNOWN,
                null)));
    while (!state.sweeps().isEmpty()) {
      Lease lease = next();
      Map<String, Double> metrics = Map.of("perplexity", byStage.getOrDefault(lease.stage(), 9.0));
      Outcome done =
          new Outcome.Succeeded(
              new ArtifactRef(lease.stage(), StageKind.PRUNING, "sha", 1),
              metrics,
              1,
              false,
              Map.of());
      happen(Decisions.report(state, WORKER, lease.id(), done));
    }
    return plan;
  }

  private Lease next() {
    SweepEvent.StageLeased leased = Assigned.to(state, WORKER, Set.of("one")).orElseThrow();
    happen(List.of(leased));
    return leased.lease();
  }

  private void happen(List<? extends SweepEvent> more) {
    more.forEach(event -> state = state.apply(event));
    events.addAll(more);
  }

  private List<Integer> skipped() {
    return events.stream()
        .filter(SweepEvent.RecoverySkipped.class::isInstance)
        .map(event -> ((SweepEvent.RecoverySkipped) event).trial())
        .sorted()
        .toList();
  }

  private long leased(StageKind kind) {
    return events.stream()
        .filter(event -> event instanceof SweepEvent.StageLeased leased && leased.kind() == kind)
        .count();
  }

  @Test
  void leavesOutTrialsAboveThePerplexity() {
    SweepPlan plan = run("perplexity = 40", 30, 50, 40, 41);
    assertThat(skipped()).containsExactly(1, 3);
    assertThat(leased(StageKind.RECOVERY)).isEqualTo(2);
    assertThat(events).contains(new SweepEvent.SweepCompleted(new SweepId("s"), 4, 0));
    assertThat(plan.trials()).hasSize(4);
    assertThat(events)
        .contains(
            new SweepEvent.RecoverySkipped(new SweepId("s"), 1, "perplexity 50.00 is above 40.00"));
  }

  /** Each of the four pruned models is recovered in two ways. */
  @Test
  void recoveriesOfOnePrunedModelHaveOnePlace() {
    run(
        "top = 2 }, rank = [2, 4], method = [lora, scratch], when { top = 2",
        30,
        30,
        30,
        30,
        20,
        20,
        20,
        20,
        40,
        40,
        40,
        40,
        25,
        25,
        25,
        25);
    assertThat(skipped()).containsExactly(0, 1, 2, 3, 8, 9, 10, 11);
    assertThat(leased(StageKind.RECOVERY)).isEqualTo(4);
  }

  @Test
  void recoversTheBestOfThoseThatCompete() {
    run("top = 1", 30, 50, 29, 31);
    assertThat(skipped()).containsExactly(0, 1, 3);
    assertThat(leased(StageKind.RECOVERY)).isEqualTo(1);
    assertThat(events.toString()).contains("place 2 of 4 by perplexity; the best 1 are");
  }

  @Test
  void aTieGoesToTheEarlierTrial() {
    run("top = 2", 30, 30, 30, 30);
    assertThat(skipped()).containsExactly(2, 3);
  }

  @Test
  void bothBoundsHold() {
    run("top = 3, perplexity = 29.5", 30, 50, 29, 31);
    assertThat(skipped()).containsExactly(0, 1, 3);
  }
}
