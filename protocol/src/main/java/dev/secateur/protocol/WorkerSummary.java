package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;
import java.util.Optional;

/**
 * A worker as the coordinator knows it.
 *
 * @param draining whether it gets no more tasks
 * @param task what it is at
 */
public record WorkerSummary(
    String name, Capabilities capabilities, boolean draining, Optional<Work> task) {
  /** A task, and how far it is. */
  public record Work(SweepId sweep, StageKey stage, StageKind kind, Progress progress) {}
}
