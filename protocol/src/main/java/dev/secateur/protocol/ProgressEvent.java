package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;

/** How far a task is; best effort, never journalled. */
public record ProgressEvent(WorkerId worker, StageKey stage, StageKind kind, Progress progress) {}
