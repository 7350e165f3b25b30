package dev.secateur.coordinator.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventFieldsTest {
  private static final SweepId SWEEP = new SweepId("s-1");
  private static final StageKey STAGE = new StageKey("0123456789abcdef");
  private static final WorkerId WORKER = new WorkerId("host/cpu", "1");

  private final EventFields fields = new EventFields();

  @Test
  void tellsOfALeaseThatExpiredWhatItTellsOfOneThatIsHeld() {
    fields.of(new SweepEvent.StageLeased(SWEEP, new Lease(7, STAGE, 1, WORKER), StageKind.EXPORT));
    List<SweepEvent> events =
        List.of(
            new SweepEvent.LeaseExpired(7, STAGE, StageKind.EXPORT, 40),
            new SweepEvent.WorkerCrashed(7, STAGE, StageKind.EXPORT, WORKER, "signal 11"),
            new SweepEvent.StageFailed(
                7, STAGE, StageKind.EXPORT, FailureKind.INTERNAL, "signal 11"));
    List<String> names = List.of("lease-expired", "worker-crashed", "stage-failed");
    List<String> reasons = List.of("no heartbeat for 40 s", "signal 11", "signal 11");
    for (int i = 0; i < events.size(); i++) {
      assertThat(fields.of(events.get(i)))
          .containsEntry("event", names.get(i))
          .containsEntry("reason", reasons.get(i))
          .containsAllEntriesOf(
              Map.of(
                  "sweep", "s-1",
                  "stage", STAGE.value(),
                  "kind", "export",
                  "worker", "host/cpu",
                  "lease", 7L));
    }
  }

  @Test
  void saysFromWhichVersionToWhichASweepIsPlannedAnewAndKnowsItsStages() {
    FakeSources sources = new FakeSources("/");
    SweepPlan plan =
        SweepPlanner.plan(
            SweepConfigReader.read("models = [a], ratios = [0.25, 0.5]", "s", sources), sources);
    fields.of(
        new SweepEvent.SweepSubmitted(
            SWEEP, plan, "/runs/s", 10, IdempotencyKey.NONE, Instant.EPOCH, Origin.UNKNOWN));
    CodeVersion next = new CodeVersion(plan.codeVersion().number() + 1);
    SweepEvent.SweepReplanned replanned = Replanning.of(SWEEP, plan, next);
    assertThat(fields.of(replanned))
        .containsEntry("event", "sweep-replanned")
        .containsEntry("sweep", "s-1")
        .containsEntry("from", plan.codeVersion().number())
        .containsEntry("to", next.number())
        .containsEntry("stages", plan.stages().size())
        .containsEntry(
            "reason",
            "it was planned for code version "
                + plan.codeVersion()
                + "; all stages are computed again with code version "
                + next);
    StageKey after = Replanning.plan(plan, replanned).trials().get(1).after();
    assertThat(
            fields.of(
                new SweepEvent.StageLeased(
                    SWEEP, new Lease(7, after, 1, WORKER), StageKind.EVALUATION)))
        .containsEntry("trials", List.of(1));
  }

  @Test
  void forgetsWhatBelongsToASweepThatHasEnded() {
    fields.of(new SweepEvent.StageLeased(SWEEP, new Lease(7, STAGE, 1, WORKER), StageKind.EXPORT));
    fields.of(new SweepEvent.LeaseExpired(7, STAGE, StageKind.EXPORT, 40));
    fields.of(new SweepEvent.SweepCompleted(SWEEP, 1, 0));
    assertThat(fields.of(new SweepEvent.LeaseVoided(7, STAGE, StageKind.EXPORT, "why")))
        .doesNotContainKey("sweep");
  }
}
