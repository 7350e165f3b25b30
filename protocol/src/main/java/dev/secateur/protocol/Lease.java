package dev.secateur.protocol;

/**
 * The right of one worker to one attempt of a stage.
 *
 * @param id fencing number: an outcome under a lease that is no longer held is refused
 * @param attempt counted from one
 */
public record Lease(long id, StageKey stage, int attempt, WorkerId worker) {}
