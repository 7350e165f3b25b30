package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.plan.Extension;
import dev.secateur.protocol.CoordinatorProtocol.Extend;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.Only;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.Tracking;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Sweeps whose grid grows. */
class ExtensionTest extends DecisionsFixture {
  private static final Origin LARGER = new Origin("submit --extend", "test", "larger", "{}");

  private final SweepPlan larger =
      plan("models = [a], ratios = [0.1, 0.25, 0.5, 0.75], criteria = [l2]");

  private List<SweepEvent> extend(SweepPlan with) {
    return happen(
        Extensions.extend(
            state,
            new Extend(new SweepId("s"), with, Instant.EPOCH, LARGER, null),
            Optional.ofNullable(state.finished().get(new SweepId("s")))));
  }

  private List<StageKey> work(int most) {
    List<StageKey> done = new ArrayList<>();
    while (done.size() < most && !state.sweeps().isEmpty()) {
      Lease lease = assign(ONE);
      done.add(lease.stage());
      report(lease, done(lease));
    }
    return done;
  }

  @Test
  void keepsWhatIsDoneAndAddsTheRest() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Set<StageKey> before = new HashSet<>(work(5));
    assertThat(sweep("s").completed()).as("the trial of ratio 0.25").containsOnlyKeys(0);
    happen(Decisions.pause(state, sweep("s")));
    assertThat(extend(larger)).hasExactlyElementsOfTypes(SweepEvent.SweepExtended.class);
    assertThat(sweep("s").completed()).as("under its new index").containsOnlyKeys(1);
    assertThat(sweep("s").done()).isEqualTo(5);
    assertThat(sweep("s").status()).isEqualTo(SweepStatus.PAUSED);
    assertThat(sweep("s").submission().origin()).isEqualTo(LARGER);
    happen(Decisions.resume(state, sweep("s")));
    List<StageKey> after = work(Integer.MAX_VALUE);
    assertThat(after).doesNotContainAnyElementsOf(before).doesNotHaveDuplicates();
    assertThat(before.size() + after.size()).isEqualTo(larger.stages().size());
    assertThat(state.finished().get(new SweepId("s")).summary().trialsCompleted()).isEqualTo(4);
    assertThat(state.unreported().get(new SweepId("s")).results().values())
        .as("all of it was computed in this sweep")
        .noneMatch(StageState.Result::reused);
  }

  @Test
  void aSweepStaysItsOwnersAndKeepsLabelsThatItsExtensionDoesNotChange() {
    Origin first =
        new Origin(
            "submit",
            "test",
            "small",
            "{}",
            "ana",
            labels("team", "nlp", "stage", "1"),
            "n",
            Tracking.NONE);
    Origin extension =
        new Origin(
            "submit",
            "test",
            "larger",
            "{}",
            "bert",
            labels("stage", "2", "more", ""),
            "",
            Tracking.NONE);
    Origin both = extension.over("ana", first.labels(), first.notes());
    assertThat(both.labels()).isEqualTo(labels("team", "nlp", "stage", "2", "more", ""));
    for (boolean hasEnded : List.of(false, true)) {
      state = CoordinatorState.empty();
      happen(Decisions.submit(state, submitted(first)));
      work(hasEnded ? Integer.MAX_VALUE : 2);
      assertThat(state.finished().containsKey(new SweepId("s"))).isEqualTo(hasEnded);
      happen(
          Extensions.extend(
              state,
              new Extend(new SweepId("s"), larger, Instant.EPOCH, extension, null),
              Optional.ofNullable(state.finished().get(new SweepId("s")))));
      assertThat(sweep("s").submission().origin()).isEqualTo(both);
      SweepSummary seen = Views.sweeps(state, new Only(new SweepId("s"))).get(0);
      assertThat(seen.owner()).isEqualTo("ana");
      assertThat(seen.labels()).isEqualTo(both.labels());
      assertThat(seen.notes()).isEqualTo("n");
    }
  }

  private Submit submitted(Origin origin) {
    return new Submit(
        new SweepId("s"),
        plan,
        "/run",
        false,
        10,
        IdempotencyKey.NONE,
        Instant.EPOCH,
        origin,
        null);
  }

  private static SortedMap<String, String> labels(String... namesAndValues) {
    SortedMap<String, String> labels = new TreeMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      labels.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return labels;
  }

  @Test
  void theSameGridAgainChangesNothing() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    work(2);
    CoordinatorState before = state;
    assertThat(extend(plan)).isEmpty();
    assertThat(state).isSameAs(before);
  }

  @Test
  void whatIsInWorkStaysInWork() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    work(3);
    Lease pruning = assign(ONE);
    extend(larger);
    assertThat(state.leases()).containsOnlyKeys(pruning.id());
    assertThat(assign(TWO).stage()).isNotEqualTo(pruning.stage());
    assertThat(report(pruning, done(pruning)))
        .hasAtLeastOneElementOfType(SweepEvent.StageCompleted.class);
  }

  @Test
  void triesWhatHasFailedAgain() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    work(3);
    Lease lease = assign(ONE);
    report(lease, new Outcome.Failed(FailureKind.INPUT, "no"));
    assertThat(sweep("s").failed()).isEqualTo(1);
    extend(larger);
    assertThat(sweep("s").failed()).isZero();
    assertThat(work(Integer.MAX_VALUE)).contains(lease.stage());
    assertThat(state.finished().get(new SweepId("s")).summary().trialsFailed()).isZero();
  }

  @Test
  void anEndedSweepRunsAgainUnderItsId() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    work(Integer.MAX_VALUE);
    happen(List.of(new SweepEvent.ResultsWritten(new SweepId("s"))));
    assertThat(extend(larger)).hasExactlyElementsOfTypes(SweepEvent.SweepSubmitted.class);
    assertThat(sweep("s").runFolder()).isEqualTo("/runs/s");
    assertThat(work(Integer.MAX_VALUE)).hasSize(larger.stages().size());
  }

  @Test
  void anExtensionDropsNothing() {
    assertThat(Extension.problem(plan, larger)).isEmpty();
    assertThat(Extension.problem(larger, plan))
        .hasValueSatisfying(
            problem ->
                assertThat(problem)
                    .contains("lacks 2 of the sweep's 4 trials", "trial 0", "l2", "ratio 0.1"));
    SweepPlan other = plan("models = [a], ratios = [0.25, 0.5], criteria = [l2], seed = 7");
    assertThat(Extension.problem(plan, other)).as("with another seed").isEmpty();
    SweepPlan window =
        plan("models = [a], ratios = [0.25, 0.5], criteria = [l2], evaluation.window = 64");
    assertThat(Extension.problem(plan, window)).isPresent();
  }

  @Test
  void whatOthersHadDoneCountsAsReusedAndWhatAnEarlierAttemptMadeDoesNot() {
    happen(Decisions.submit(state, submit("first", plan, false)));
    work(4);
    happen(Decisions.submit(state, submit("s", larger, false)));
    assertThat(sweep("s").found()).hasSize(4);
    Lease lost = assign(ONE);
    happen(Decisions.expire(state, Set.of(lost.id()), 60));
    Lease again = assign(TWO);
    assertThat(again.stage()).isEqualTo(lost.stage());
    Outcome.Succeeded made = (Outcome.Succeeded) done(again);
    report(again, new Outcome.Succeeded(made.artifact(), made.metrics(), 1, true, made.machine()));
    long reused =
        state.results(sweep("s")).values().stream().filter(StageState.Result::reused).count();
    assertThat(reused).isEqualTo(4);
    assertThat(state.results(sweep("first")).values()).noneMatch(StageState.Result::reused);
  }

  @Test
  void anAttemptThatTakesLongerThanAllowedFails() {
    SweepPlan timed =
        plan(
            "models = [a], ratios = [0.5], criteria = [l2], attempts = 2,"
                + " timeouts { evaluation = 90 minutes }");
    assertThat(timed.timeouts().get(StageKind.EVALUATION)).hasMinutes(90);
    happen(Decisions.submit(state, submit("s", timed, false)));
    Lease first = assign(ONE);
    assertThat(kind(first)).isEqualTo(StageKind.EVALUATION);
    Instant begun = Instant.EPOCH;
    assertThat(overdue(first, begun, begun.plusSeconds(90 * 60))).isEmpty();
    assertThat(overdue(first, begun, begun.plusSeconds(90 * 60 + 1)))
        .singleElement()
        .isInstanceOfSatisfying(
            SweepEvent.StageRetried.class,
            retried ->
                assertThat(retried.message())
                    .isEqualTo(
                        "it took longer on one than the 5400 s that the sweep allows"
                            + " (timeouts.evaluation)"));
    assertThat(state.leases()).isEmpty();
    Lease discovery = assign(ONE);
    assertThat(overdue(discovery, begun, begun.plusSeconds(1_000_000)))
        .as("a discovery may take any time")
        .isEmpty();
  }

  private List<SweepEvent> overdue(Lease lease, Instant begun, Instant now) {
    return happen(Decisions.overdue(state, java.util.Map.of(lease.id(), begun), now));
  }

  @Test
  void anotherPriorityIsAnotherShare() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(happen(Decisions.reprioritize(sweep("s"), 20))).hasSize(1);
    assertThat(sweep("s").summary(state).priority()).isEqualTo(20);
    assertThat(Decisions.reprioritize(sweep("s"), 20)).isEmpty();
  }

  @Test
  void aWorkerIsDrainedAndUndrained() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    happen(Decisions.drain(state, ONE));
    assertThat(Assigned.to(state, ONE, BOTH)).isEmpty();
    assertThat(happen(Decisions.undrain(state, ONE))).hasSize(1);
    assertThat(Assigned.to(state, ONE, BOTH)).isPresent();
    assertThat(Decisions.undrain(state, ONE)).isEmpty();
  }

  @Test
  void onlyWhatHasEndedIsDeleted() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(Decisions.delete(state, new SweepId("s"))).isEmpty();
    happen(Decisions.cancel(state, sweep("s")));
    assertThat(happen(Decisions.delete(state, new SweepId("s")))).hasSize(1);
    assertThat(state.finished()).isEmpty();
    assertThat(state.unreported()).isEmpty();
  }

  private Optional<String> refusal(SweepPlan with) {
    return Extensions.refusal(
        state, new Extend(new SweepId("s"), with, Instant.EPOCH, LARGER, null));
  }

  @Test
  void ofTwoThatExtendAtOnceTheSecondIsRefused() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    SweepPlan other = plan("models = [a], ratios = [0.25, 0.5, 0.6], criteria = [l2]");
    assertThat(refusal(larger)).isEmpty();
    assertThat(refusal(other)).isEmpty();
    extend(larger);
    assertThat(refusal(other))
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .startsWith("sweep s was extended at the same time")
                    .contains("lacks 4"));
    assertThat(refusal(larger)).isEmpty();
    assertThat(refusal(plan)).isPresent();
  }

  @Test
  void aSweepThatIsBeingStoppedIsNotExtended() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assign(ONE);
    happen(Decisions.stop(state, sweep("s")));
    assertThat(refusal(larger))
        .hasValue("sweep s is being stopped; extend it once it has stopped, or resume it first");
    happen(Decisions.resume(state, sweep("s")));
    assertThat(refusal(larger)).isEmpty();
  }

  @Test
  void otherTimesAndAttemptsOfTheSameGridAreTaken() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    work(5);
    String same = "models = [a], ratios = [0.25, 0.5], criteria = [l2]";
    extend(plan(same + ", timeouts { evaluation = 2 hours }"));
    assertThat(sweep("s").plan().timeouts()).containsKey(StageKind.EVALUATION);
    extend(plan(same + ", attempts = 7"));
    assertThat(sweep("s").plan().attempts()).isEqualTo(7);
    assertThat(sweep("s").completed()).containsOnlyKeys(0);
  }
}
