package dev.secateur.protocol;

/**
 * One attempt of a stage.
 *
 * @param sweep the sweep that asked for it first
 */
public record Task(Lease lease, SweepId sweep, Stage stage) {}
