package dev.secateur.coordinator.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.golden.GoldenScenario;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LateFieldsTest {
  private static final SweepId SWEEP = new SweepId("s-1");
  private static final WorkerId WORKER = new WorkerId("host/cpu", "1");
  private static final SweepPlan PLAN = plan();
  private static final StageKey STAGE = PLAN.trials().get(1).after();

  private static SweepPlan plan() {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(
        SweepConfigReader.read("models = [a], ratios = [0.25, 0.5]", "s", sources), sources);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 3, LateFields.STEP})
  void whereverAClientBeginsItGetsWhatItGetsFromTheStart(long step) {
    List<SweepEvent> events = GoldenScenario.events();
    EventFields whole = new EventFields();
    List<Map<String, Object>> expected = events.stream().map(whole::of).toList();
    for (int since = 0; since <= events.size(); since++) {
      LateFields late = new LateFields(new ListedJournal(events), since + 1, step);
      List<Map<String, Object>> named = new ArrayList<>();
      for (int i = since; i < events.size(); i++) {
        named.add(late.of(new JournalledEvent(i + 1, Instant.EPOCH, events.get(i))));
      }
      assertThat(named).as("since %d", since).isEqualTo(expected.subList(since, events.size()));
    }
  }

  @Test
  void readsBackOnlyAsFarAsALeaseWasGivenAndThePlanByItsNumber() {
    List<SweepEvent> events = longSweep();
    ListedJournal journal = new ListedJournal(events);
    LateFields late = new LateFields(journal, events.size(), LateFields.STEP);
    SweepEvent last = events.get(events.size() - 1);
    assertThat(late.of(new JournalledEvent(events.size(), Instant.EPOCH, last)))
        .containsEntry("event", "lease-voided")
        .containsEntry("sweep", "s-1")
        .containsEntry("trials", List.of(1));
    assertThat(journal.read()).isLessThan(LateFields.STEP + 2);
  }

  @Test
  void namesTheTrialsOfProgressThoughNoEventHasCome() {
    List<SweepEvent> events = longSweep();
    ListedJournal journal = new ListedJournal(events);
    LateFields late = new LateFields(journal, 999_999, LateFields.STEP);
    ProgressEvent progress =
        new ProgressEvent(WORKER, STAGE, StageKind.EVALUATION, new Progress(1, 2, ""), SWEEP);
    for (int i = 0; i < 3; i++) {
      assertThat(late.of(progress))
          .containsEntry("sweep", "s-1")
          .containsEntry("trials", List.of(1));
    }
    assertThat(journal.read()).isOne();
  }

  /** A stage that is taken and given back again and again. */
  private static List<SweepEvent> longSweep() {
    List<SweepEvent> events = new ArrayList<>();
    events.add(
        new SweepEvent.SweepSubmitted(
            SWEEP, PLAN, "/runs/s", 10, IdempotencyKey.NONE, Instant.EPOCH, Origin.UNKNOWN));
    for (int lease = 1; lease <= 5000; lease++) {
      events.add(
          new SweepEvent.StageLeased(
              SWEEP, new Lease(lease, STAGE, 1, WORKER), StageKind.EVALUATION));
      events.add(new SweepEvent.LeaseVoided(lease, STAGE, StageKind.EVALUATION, "why"));
    }
    return events;
  }
}
