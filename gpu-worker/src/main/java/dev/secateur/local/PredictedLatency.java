package dev.secateur.local;

/**
 * What was measured of a model's forward pass, and what a recipe was chosen to leave of it.
 *
 * @param before seconds of the base's
 * @param after seconds of the pruned model's, by what its structures took alone
 */
public record PredictedLatency(double before, double after) {}
