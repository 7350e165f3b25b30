package dev.secateur.coordinator.golden;

import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.schedule.Views;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.WorkerId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/** The coordinator's state as lines that people can compare. Old golden files hold them, too. */
final class StateText {
  private final List<String> lines = new ArrayList<>();

  private StateText() {}

  static String of(CoordinatorState state) {
    StateText text = new StateText();
    Views.sweeps(state).forEach(text::summary);
    state.sweeps().values().forEach(sweep -> text.sweep(state, sweep));
    new TreeMap<>(state.leases())
        .forEach((id, lease) -> text.add("%s %s", state.owners().get(id).value(), lease(lease)));
    new TreeMap<>(state.expired())
        .forEach((worker, lease) -> text.add("expired: %s", lease(lease)));
    state
        .unreported()
        .forEach(
            (id, ended) ->
                text.add(
                    "%s has no results yet, of %d stages", id.value(), ended.results().size()));
    state.draining().stream()
        .map(StateText::worker)
        .sorted()
        .forEach(one -> text.add("draining: %s", one));
    text.add("next lease: %d", state.nextLease());
    return String.join("\n", text.lines) + "\n";
  }

  private static String lease(Lease lease) {
    return String.format(
        "lease %d, attempt %d of %s, by %s",
        lease.id(), lease.attempt(), lease.stage().value(), worker(lease.worker()));
  }

  private static String worker(WorkerId worker) {
    return worker.name() + " in " + worker.incarnation();
  }

  private void add(String format, Object... values) {
    lines.add(String.format(format, values));
  }

  private void summary(SweepSummary sweep) {
    add(
        "%s '%s' in %s, %s since %s, priority %d: trials %d, completed %d, failed %d; stages %d,"
            + " done %d, running %d",
        sweep.sweep().value(),
        sweep.name(),
        sweep.runFolder(),
        sweep.status(),
        sweep.at(),
        sweep.priority(),
        sweep.trials(),
        sweep.trialsCompleted(),
        sweep.trialsFailed(),
        sweep.stages(),
        sweep.stagesDone(),
        sweep.stagesRunning());
  }

  private void sweep(CoordinatorState state, SweepState sweep) {
    String id = sweep.id().value();
    add(
        "%s submitted by '%s', digest %s",
        id, sweep.submission().key().value(), sweep.plan().digest());
    new TreeMap<>(sweep.completed())
        .forEach(
            (trial, end) ->
                add("%s trial %d is complete: %s", id, trial, end.failure().orElse("done")));
    new TreeMap<>(sweep.notRecovered())
        .forEach((trial, why) -> add("%s trial %d is not recovered: %s", id, trial, why));
    List<Stage> stages = sweep.plan().stages();
    for (int place = 0; place < stages.size(); place++) {
      Stage stage = stages.get(place);
      add(
          "%s stage %d %s %s%s: %s",
          id,
          place,
          stage.kind().label(),
          stage.key().value(),
          sweep.ready().contains(place) ? " ready" : "",
          stage(state.stage(stage.key()).orElseThrow()));
    }
  }

  private static String stage(StageState stage) {
    String result =
        stage
            .result()
            .map(
                of ->
                    of.artifact().sha256()
                        + " of "
                        + of.artifact().kind().label()
                        + " "
                        + new TreeMap<>(of.metrics())
                        + " in "
                        + of.seconds()
                        + " s"
                        + (of.reused() ? ", reused" : ""))
            .orElse("none");
    return String.format(
        "attempts left %d, lease %s, failed on %s, final output %s, failure %s, result %s",
        stage.attemptsLeft(),
        stage.lease().map(lease -> Long.toString(lease.id())).orElse("none"),
        new TreeSet<>(stage.failedOn()),
        stage.lastWords().isEmpty() ? "none" : stage.lastWords(),
        stage.failure().orElse("none"),
        result);
  }
}
