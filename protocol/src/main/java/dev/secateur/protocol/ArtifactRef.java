package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;

/**
 * The immutable result of a stage.
 *
 * @param sha256 hash of the artifact's manifest, which holds the hashes of its files
 * @param bytes size of its files
 */
public record ArtifactRef(StageKey key, StageKind kind, String sha256, long bytes) {}
