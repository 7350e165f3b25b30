package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.DeviceName;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Precision;
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
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who gets what. */
class AssignmentsTest {
  private static final WorkerId ONE = new WorkerId("one", "1");
  private static final WorkerId TWO = new WorkerId("two", "1");
  private static final long GIB = 1L << 30;

  private CoordinatorState state = CoordinatorState.empty();

  private void submit(String id, int priority, String text) {
    FakeSources sources = new FakeSources("/");
    SweepPlan plan =
        SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
    Submit submit =
        new Submit(
            new SweepId(id),
            plan,
            "/runs/" + id,
            false,
            priority,
            IdempotencyKey.NONE,
            Instant.EPOCH,
            Origin.UNKNOWN,
            null);
    Decisions.submit(state, submit).forEach(event -> state = state.apply(event));
  }

  private List<SweepEvent.StageLeased> assign(Assignments.Candidate... idle) {
    return assign(List.of(idle), List.of(idle));
  }

  private List<SweepEvent.StageLeased> assign(
      List<Assignments.Candidate> idle, List<Assignments.Candidate> all) {
    List<SweepEvent.StageLeased> leases = Assignments.of(state, idle, all);
    leases.forEach(event -> state = state.apply(event));
    return leases;
  }

  private static Assignments.Candidate idle(WorkerId worker, long memory, String... models) {
    return new Assignments.Candidate(worker, Assigned.holding(memory, models));
  }

  private String model(StageKey stage) {
    return state.stages().get(stage).stage().spec().model().name();
  }

  @Test
  void prefersAWorkerThatHoldsTheModel() {
    submit("s", 10, "models = [a, b], ratios = [0.5], criteria = [l2]");
    List<SweepEvent.StageLeased> leases =
        assign(idle(ONE, GIB, "hash-of-b"), idle(TWO, GIB, "hash-of-a"));
    assertThat(leases).hasSize(2);
    for (SweepEvent.StageLeased leased : leases) {
      String wanted = leased.lease().worker().equals(ONE) ? "b" : "a";
      assertThat(model(leased.lease().stage())).isEqualTo(wanted);
    }
  }

  @Test
  void aWorkerWithoutTheModelComesAfterOneThatHoldsIt() {
    submit("s", 10, "models = [a], ratios = [0.5], criteria = [l2]");
    List<SweepEvent.StageLeased> leases = assign(idle(ONE, GIB), idle(TWO, GIB, "hash-of-a"));
    assertThat(leases.get(0).lease().worker()).isEqualTo(TWO);
    assertThat(leases.get(1).lease().worker()).isEqualTo(ONE);
  }

  @Test
  void aHeldModelIsNoReasonToNeglectASweep() {
    submit("large", 10, "models = [a], ratios = [0.5], criteria = [l2]");
    submit("small", 10, "models = [b], ratios = [0.5], criteria = [l2]");
    assertThat(assign(idle(ONE, GIB, "hash-of-a")).get(0).sweep()).isEqualTo(new SweepId("large"));
    assertThat(assign(idle(TWO, GIB, "hash-of-a")).get(0).sweep()).isEqualTo(new SweepId("small"));
  }

  @Test
  void aStageWaitsForAWorkerWithTheMemoryThatItsSweepDeclares() {
    submit(
        "s",
        10,
        "models = [a], ratios = [0.5], criteria = [l2], memory { evaluation = 2 GiB, discovery = 2GiB }");
    assertThat(assign(idle(ONE, GIB))).isEmpty();
    assertThat(Assignments.tooLarge(state, List.of(idle(ONE, GIB)))).isPresent();
    assertThat(Assignments.tooLarge(state, List.of(idle(TWO, 2 * GIB)))).isEmpty();
    assertThat(assign(idle(TWO, 2 * GIB))).hasSize(1);
  }

  @Test
  void aRecoveryInBfloat16NeedsADeviceThatHasIt() {
    submit(
        "s",
        10,
        "models = [a], ratios = [0.5], criteria = [l2], recovery { precision = bfloat16 }");
    Capabilities plain =
        new Capabilities(
            "cuda:0", GIB, Set.of(Precision.FLOAT32), Map.of(), Set.of(), CodeVersion.CURRENT);
    List<SweepEvent.StageLeased> leases;
    int stages = 0;
    do {
      leases = assign(new Assignments.Candidate(ONE, plain));
      stages += leases.size();
      leases.forEach(leased -> complete(leased));
    } while (!leases.isEmpty());
    assertThat(stages).isEqualTo(5);
    assertThat(assign(idle(TWO, GIB))).hasSize(1);
  }

  private static Assignments.Candidate on(WorkerId id, String device, String name) {
    Capabilities one =
        new Capabilities(
            device, GIB, Set.of(Precision.FLOAT32), Map.of(), Set.of(), CodeVersion.CURRENT);
    return new Assignments.Candidate(id, one.named(new DeviceName(name)));
  }

  @Test
  void timesAreMeasuredOnTheDeviceThatTheSweepNames() {
    submit(
        "s",
        10,
        "models = [a], ratios = [0.5], criteria = [l2], scopes = [measured], targets = [latency],"
            + " timing { device = h100 }");
    Assignments.Candidate other = on(ONE, "cuda:0", "NVIDIA A100-SXM4-80GB");
    Assignments.Candidate asked = on(TWO, "cuda:1", "NVIDIA H100 80GB HBM3");
    List<SweepEvent.StageLeased> leases;
    List<StageKind> kinds = new ArrayList<>();
    do {
      leases = assign(other);
      leases.forEach(
          leased -> {
            kinds.add(leased.kind());
            complete(leased);
          });
    } while (!leases.isEmpty());
    assertThat(kinds)
        .containsExactlyInAnyOrder(
            StageKind.EVALUATION, StageKind.DISCOVERY, StageKind.ESTIMATION, StageKind.PROFILE);
    assertThat(Assignments.withoutDevice(state, List.of(other)))
        .hasValueSatisfying(stage -> assertThat(stage.kind()).isEqualTo(StageKind.TIMING));
    assertThat(Assignments.withoutDevice(state, List.of(other, asked))).isEmpty();
    assertThat(assign(asked))
        .singleElement()
        .satisfies(leased -> assertThat(leased.kind()).isEqualTo(StageKind.TIMING));
  }

  @Test
  void devicesAreAskedForByKindOrByAPartOfTheirNames() {
    Capabilities gpu = on(ONE, "cuda:0", "NVIDIA H100 80GB HBM3").capabilities();
    assertThat(List.of("gpu", "H100", "nvidia h100 80gb")).allMatch(gpu::isOn);
    assertThat(List.of("cpu", "H200")).noneMatch(gpu::isOn);
    Capabilities cpu = idle(ONE, GIB).capabilities();
    assertThat(cpu.isOn("cpu")).isTrue();
    assertThat(List.of("gpu", "H100")).noneMatch(cpu::isOn);
  }

  @Test
  void aWorkerOfAnotherCodeVersionOrOfNoneGetsNothing() {
    submit("s", 10, "models = [a], ratios = [0.5], criteria = [l2]");
    Assignments.Candidate newer = of(new CodeVersion(CodeVersion.CURRENT.number() + 1));
    Assignments.Candidate unknown = of(CodeVersion.UNKNOWN);
    assertThat(assign(newer, unknown)).isEmpty();
    assertThat(Assignments.ofOtherVersion(state, List.of(newer, unknown)))
        .hasValueSatisfying(sweep -> assertThat(sweep.id()).isEqualTo(new SweepId("s")));
    Assignments.Candidate same = of(CodeVersion.CURRENT);
    assertThat(Assignments.ofOtherVersion(state, List.of(newer, same))).isEmpty();
    assertThat(Assignments.ofOtherVersion(state, List.of())).as("nobody is there").isEmpty();
    assertThat(assign(List.of(same), List.of(newer, same))).hasSize(1);
  }

  private static Assignments.Candidate of(CodeVersion version) {
    return new Assignments.Candidate(
        ONE, new Capabilities("cpu", GIB, Set.of(), Map.of(), Set.of("hash-of-a"), version));
  }

  @Test
  void aStageThatFailedIsTriedThereAgainWhereNoOtherWorkerCanDoIt() {
    submit("s", 10, "models = [a], ratios = [0.5], criteria = [l2], memory { evaluation = 2 GiB }");
    Assignments.Candidate large = idle(ONE, 2 * GIB);
    Assignments.Candidate small = idle(TWO, GIB);
    Assignments.Candidate drained = idle(new WorkerId("three", "1"), 2 * GIB);
    Assignments.Candidate alike = idle(new WorkerId("four", "1"), 2 * GIB);
    state = state.apply(new SweepEvent.WorkerDraining(drained.id()));
    SweepEvent.StageLeased evaluation =
        assign(List.of(large), List.of(large, small, drained, alike)).get(0);
    assertThat(evaluation.kind()).isEqualTo(StageKind.EVALUATION);
    assertThat(assign(small).get(0).kind()).isEqualTo(StageKind.DISCOVERY);
    state =
        state.apply(
            new SweepEvent.StageRetried(
                evaluation.lease().id(),
                evaluation.lease().stage(),
                evaluation.kind(),
                Outcome.FailureKind.INTERNAL,
                "why"));
    assertThat(assign(List.of(large), List.of(large, small, drained, alike)))
        .as("another can do it")
        .isEmpty();
    assertThat(assign(List.of(large), List.of(large, small, drained))).hasSize(1);
  }

  private void complete(SweepEvent.StageLeased leased) {
    state =
        state.apply(
            new SweepEvent.StageCompleted(
                leased.lease().id(),
                leased.lease().worker(),
                new dev.secateur.protocol.ArtifactRef(
                    leased.lease().stage(), leased.kind(), "sha", 1),
                Map.of(),
                1,
                false,
                Map.of()));
  }
}
