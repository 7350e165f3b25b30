package dev.secateur.protocol;

/** How far a task is; best effort, never journalled. */
public record ProgressEvent(WorkerId worker, StageKey stage, StageKind kind, Progress progress) {}
