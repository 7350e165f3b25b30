package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.DiskNeed;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.WorkerId;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Who gets nothing for lack of disk. */
class DiskAssignmentsTest extends DecisionsFixture {
  private static final long RESERVE = 1L << 30;
  private static final long MODEL = 10L << 30;
  private static final Map<String, Long> TOLD = Map.of("hash-of-a", MODEL);

  private static Assignments.Candidate worker(WorkerId id, long beside, Map<String, Long> models) {
    return new Assignments.Candidate(
        id, Assigned.holding(1L << 30).with(new DiskRoom("/w", RESERVE + beside, RESERVE, models)));
  }

  private List<SweepEvent.StageLeased> to(Assignments.Candidate... workers) {
    return Assignments.of(state, List.of(workers), List.of(workers));
  }

  @Test
  void aWorkerWithoutRoomBesideItsReserveGetsNothingAndSaysForWhat() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Assignments.Candidate full = worker(ONE, DiskNeed.LEAST - 1, Map.of());
    assertThat(to(full)).isEmpty();
    assertThat(Assignments.lacksRoom(state, full, DiskNeeds.asToldBy(List.of(full)))).isPresent();
    assertThat(Assignments.withoutRoom(state, List.of(full))).isPresent();
    Assignments.Candidate roomy = worker(TWO, DiskNeed.LEAST, Map.of());
    assertThat(to(full, roomy))
        .singleElement()
        .extracting(one -> one.lease().worker())
        .isEqualTo(TWO);
    assertThat(Assignments.withoutRoom(state, List.of(full, roomy))).isEmpty();
    assertThat(Assignments.lacksRoom(state, roomy, DiskNeeds.asToldBy(List.of(full, roomy))))
        .isEmpty();
  }

  @Test
  void aWorkerThatDoesNotTellIsTakenToHaveRoom() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(Assigned.to(state, ONE, BOTH)).isPresent();
  }

  @Test
  void anExportNeedsRoomForTheWholeModelOnceAnyWorkerToldItsSize() {
    happen(
        Decisions.submit(
            state,
            submit(
                "s", plan("models = [a], ratios = [0.5], criteria = [l2], export = true"), false)));
    StageKind next = null;
    while (next != StageKind.EXPORT) {
      Lease lease = assign(TWO);
      next = kind(lease);
      if (next != StageKind.EXPORT) {
        report(lease, done(lease));
      } else {
        happen(Decisions.left(state, TWO));
      }
    }
    while (true) { // the evaluation beside it
      Optional<SweepEvent.StageLeased> other =
          to(worker(ONE, DiskNeed.LEAST, TOLD)).stream().findFirst();
      if (other.isEmpty()) {
        break;
      }
      assertThat(other.get().kind()).isNotEqualTo(StageKind.EXPORT);
      happen(List.of(other.get()));
      report(other.get().lease(), done(other.get().lease()));
    }
    Assignments.Candidate small = worker(ONE, MODEL, TOLD);
    Assignments.Candidate large = worker(TWO, MODEL + DiskNeed.LEAST, Map.of());
    assertThat(to(small)).isEmpty();
    assertThat(Assignments.lacksRoom(state, small, DiskNeeds.asToldBy(List.of(small, large))))
        .hasValueSatisfying(stage -> assertThat(stage.kind()).isEqualTo(StageKind.EXPORT));
    assertThat(to(small, large))
        .singleElement()
        .satisfies(one -> assertThat(one.lease().worker()).isEqualTo(TWO));
  }

  @Test
  void needsByKind() {
    var stages =
        plan("models = [a], ratios = [0.5], criteria = [l2], export = true,"
                + " scopes = [local, measured],"
                + " targets = [parameters, latency], timing { device = cpu }, compensation = [least-squares],"
                + " recovery { rank = 8, scratch { } }")
            .stages();
    for (var stage : stages) {
      long beside = DiskNeed.of(stage.spec(), OptionalLong.of(MODEL)) - DiskNeed.LEAST;
      switch (stage.kind()) {
        case DISCOVERY, PRUNING, PROFILE, TIMING, IMPORT -> assertThat(beside).isZero();
        case ESTIMATION -> assertThat(beside).isBetween(1L << 20, 1L << 28);
        case RECOVERY -> assertThat(beside).isBetween(1L << 28, 1L << 30);
        case EXPORT, COMPENSATION -> assertThat(beside).isEqualTo(MODEL);
        case TRAINING -> assertThat(beside).isEqualTo(8 * MODEL);
        case EVALUATION -> assertThat(beside).isIn(0L, MODEL);
      }
    }
    assertThat(stages.stream().map(stage -> stage.kind()))
        .containsAll(EnumSet.complementOf(EnumSet.of(StageKind.IMPORT)));
  }
}
