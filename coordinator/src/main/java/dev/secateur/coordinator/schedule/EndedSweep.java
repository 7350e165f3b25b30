package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.StageKey;
import java.util.Map;

/**
 * A sweep that has ended, and whose results are not written yet.
 *
 * @param sweep in its last state
 * @param results of its stages
 */
public record EndedSweep(SweepState sweep, Map<StageKey, StageState.Result> results) {}
