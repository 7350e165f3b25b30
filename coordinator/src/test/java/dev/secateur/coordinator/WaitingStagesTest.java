package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.DeviceName;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WaitingStagesTest {
  private static final CodeVersion THIS = CodeVersion.CURRENT;
  private static final CodeVersion BEFORE = new CodeVersion(THIS.number() - 1);

  private final List<String> lines = new ArrayList<>();

  private static CoordinatorState state(String text) {
    CoordinatorState state = CoordinatorState.empty();
    Submit submit =
        new Submit(
            new SweepId("s"),
            CoordinatorFixture.plan("models = [a], ratios = [0.5], criteria = [l2]\n" + text),
            "/runs/s",
            false,
            10,
            IdempotencyKey.NONE,
            Instant.EPOCH,
            Origin.UNKNOWN,
            null);
    for (SweepEvent event : Decisions.submit(state, submit)) {
      state = state.apply(event);
    }
    return state;
  }

  private static Assignments.Candidate worker(CodeVersion version) {
    return new Assignments.Candidate(
        new WorkerId("one", "1"),
        new Capabilities("cpu", 1, Set.of(), Map.of(), Set.of(), version));
  }

  @Test
  void tellsOfASweepThatWaitsForWorkersOfItsVersionOnceForAsLongAsItWaits() {
    WaitingStages waiting = new WaitingStages(THIS, lines::add);
    CoordinatorState state = state("");
    waiting.look(state, List.of());
    assertThat(lines).as("there may be workers soon").isEmpty();
    waiting.look(state, List.of(worker(BEFORE), worker(CodeVersion.UNKNOWN)));
    waiting.look(state, List.of(worker(CodeVersion.UNKNOWN)));
    assertThat(lines)
        .containsExactly(
            "sweep s waits: it is planned for code version "
                + THIS
                + ", but all workers have other versions ("
                + BEFORE
                + ", unknown); upgrade them");
    waiting.look(state, List.of(worker(THIS)));
    waiting.look(state, List.of(worker(BEFORE)));
    assertThat(lines).hasSize(2);
  }

  @Test
  void aCoordinatorOfAnOlderVersionIsToBeUpgradedItself() {
    WaitingStages waiting = new WaitingStages(BEFORE, lines::add);
    waiting.look(state(""), List.of(worker(BEFORE)));
    assertThat(lines)
        .singleElement()
        .asString()
        .endsWith("but this coordinator has version " + BEFORE + "; upgrade it");
  }

  @Test
  void tellsOfAStageThatIsTooLargeForAllWorkers() {
    WaitingStages waiting = new WaitingStages(THIS, lines::add);
    CoordinatorState state = state("memory { evaluation = 2 GiB }");
    waiting.look(state, List.of(worker(THIS)));
    waiting.look(state, List.of(worker(THIS)));
    assertThat(lines)
        .singleElement()
        .asString()
        .contains("no worker has the 2048 MiB of memory")
        .contains("; one on cpu has the most, 0 MiB (start a worker with more memory");
  }

  @Test
  void tellsOfTimesThatNoWorkerCanMeasure() {
    CoordinatorState state =
        state("scopes = [measured], targets = [latency], timing { device = H100 }");
    for (int i = 0; i < 2; i++) { // an evaluation and the discovery
      SweepEvent.StageLeased leased =
          Assignments.of(state, List.of(here()), List.of(here())).get(0);
      state =
          state
              .apply(leased)
              .apply(
                  new SweepEvent.StageCompleted(
                      leased.lease().id(),
                      leased.lease().worker(),
                      new ArtifactRef(leased.lease().stage(), leased.kind(), "sha", 1),
                      Map.of(),
                      1,
                      false,
                      Map.of()));
    }
    WaitingStages waiting = new WaitingStages(THIS, lines::add);
    waiting.look(state, List.of(here()));
    waiting.look(state, List.of(here()));
    assertThat(lines)
        .singleElement()
        .asString()
        .startsWith("timing ")
        .contains(
            "no worker computes on 'H100', its sweep's 'timing.device'; there are cpu (AMD"
                + " EPYC) (start a worker on such a device");
  }

  private static Assignments.Candidate here() {
    Capabilities here = new Capabilities("cpu", 1L << 40, Set.of(), Map.of(), Set.of(), THIS);
    return new Assignments.Candidate(
        new WorkerId("one", "1"), here.named(new DeviceName("AMD EPYC")));
  }

  @Test
  void tellsOfAStageThatNoDiskHasRoomFor() {
    WaitingStages waiting = new WaitingStages(THIS, lines::add);
    Assignments.Candidate full =
        new Assignments.Candidate(
            new WorkerId("one", "1"),
            worker(THIS).capabilities().with(new DiskRoom("/w", 11L << 20, 10L << 20, Map.of())));
    waiting.look(state(""), List.of(full));
    waiting.look(state(""), List.of(full));
    assertThat(lines)
        .singleElement()
        .asString()
        .contains(
            "no worker has room on its disk for the 8 MiB that it may write; one has the"
                + " most, 1 MiB");
  }

  @Test
  void ofDisksOnlyThoseCountWhoseWorkersHaveTheMemory() {
    Capabilities large =
        new Capabilities("cpu", 4L << 30, Set.of(), Map.of(), Set.of(), THIS)
            .with(new DiskRoom("/w", 11L << 20, 10L << 20, Map.of()));
    new WaitingStages(THIS, lines::add)
        .look(
            state("memory { evaluation = 2 GiB }"),
            List.of(worker(THIS), new Assignments.Candidate(new WorkerId("large", "1"), large)));
    assertThat(lines).singleElement().asString().contains("; large has the most, 1 MiB");
  }
}
