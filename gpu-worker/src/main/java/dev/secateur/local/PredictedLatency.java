package dev.secateur.local;

/**
 * The measured time of a model's forward pass, and the predicted time of the pruned model.
 *
 * @param before seconds of the base's
 * @param after seconds of the pruned model's, from the times of its structures
 */
public record PredictedLatency(double before, double after) {}
