package dev.secateur.protocol;

import java.util.List;

/**
 * A piece of work that several trials, and several sweeps, may share.
 *
 * @param inputs the stages whose artifacts it reads
 */
public record Stage(StageKey key, StageKind kind, StageSpec spec, List<StageKey> inputs) {}
