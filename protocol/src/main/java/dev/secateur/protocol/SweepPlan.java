package dev.secateur.protocol;

import java.util.List;

/**
 * A sweep as a graph: its trials and the stages they share, inputs before what reads them.
 *
 * @param digest hash of all trials' and stages' keys; equal plans are the same work
 * @param attempts how often a stage is tried
 */
public record SweepPlan(
    String name, String digest, List<Trial> trials, List<Stage> stages, int attempts) {}
