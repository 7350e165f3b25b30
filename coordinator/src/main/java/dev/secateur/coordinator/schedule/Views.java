package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.CoordinatorProtocol.Wanted;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.Only;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The views of the state that clients see. */
public final class Views {
  private Views() {}

  /** The sweeps that are asked for. */
  public static List<SweepSummary> sweeps(CoordinatorState state, Wanted wanted) {
    return wanted instanceof Only only
        ? sweep(state, only.sweep()).stream().toList()
        : sweeps(state);
  }

  private static Optional<SweepSummary> sweep(CoordinatorState state, SweepId id) {
    return Optional.ofNullable(state.sweeps().get(id))
        .map(sweep -> sweep.summary(state))
        .or(() -> Optional.ofNullable(state.finished().get(id)).map(end -> ended(state, end)));
  }

  /** To clients a sweep runs until its results are written. */
  private static SweepSummary ended(CoordinatorState state, FinishedSweep sweep) {
    SweepSummary end = sweep.summary();
    return state.unreported().containsKey(end.sweep()) ? end.with(SweepStatus.RUNNING) : end;
  }

  /** All sweeps: unfinished ones in order of submission, then those that ended, the last first. */
  public static List<SweepSummary> sweeps(CoordinatorState state) {
    List<SweepSummary> all = new ArrayList<>();
    state.sweeps().values().forEach(sweep -> all.add(sweep.summary(state)));
    List<SweepSummary> ended = new ArrayList<>();
    state.finished().values().forEach(sweep -> ended.add(ended(state, sweep)));
    Collections.reverse(ended);
    all.addAll(ended);
    return List.copyOf(all);
  }
}
