package dev.secateur.compensation;

/**
 * The result of refitting one matrix.
 *
 * @param matrix its name in the pruned model
 * @param inputs how many are kept
 * @param ridge rho
 * @param before the sum over all tokens of the squared distance between what it should write and
 *     what it writes with its old weights
 * @param after the same with its new ones
 */
public record Fitted(String matrix, long inputs, double ridge, double before, double after) {}
