package dev.secateur.protocol;

import java.util.Optional;

/**
 * Which trials are worth a recovery, by the perplexity of their pruned models.
 *
 * @param perplexity the highest that is worth it
 * @param top the maximum number of trials of each model and ratio, those of the lowest perplexity
 */
public record RecoveryBound(Optional<Double> perplexity, Optional<Integer> top) {}
