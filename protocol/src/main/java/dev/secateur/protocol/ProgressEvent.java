package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;

/**
 * The progress of a task; best effort, never journalled.
 *
 * @param sweep for which its lease was given
 */
public record ProgressEvent(
    WorkerId worker, StageKey stage, StageKind kind, Progress progress, SweepId sweep) {}
