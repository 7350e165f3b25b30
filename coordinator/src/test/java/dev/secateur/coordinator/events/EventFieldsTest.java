package dev.secateur.coordinator.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.WorkerId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventFieldsTest {
  private static final SweepId SWEEP = new SweepId("s-1");
  private static final StageKey STAGE = new StageKey("0123456789abcdef");
  private static final WorkerId WORKER = new WorkerId("host/cpu", "1");

  private final EventFields fields = new EventFields(List.of());

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
  void forgetsWhatBelongsToASweepThatHasEnded() {
    fields.of(new SweepEvent.StageLeased(SWEEP, new Lease(7, STAGE, 1, WORKER), StageKind.EXPORT));
    fields.of(new SweepEvent.LeaseExpired(7, STAGE, StageKind.EXPORT, 40));
    fields.of(new SweepEvent.SweepCompleted(SWEEP, 1, 0));
    assertThat(fields.of(new SweepEvent.LeaseVoided(7, STAGE, StageKind.EXPORT, "why")))
        .doesNotContainKey("sweep");
  }
}
