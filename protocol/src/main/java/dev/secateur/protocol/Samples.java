package dev.secateur.protocol;

/**
 * A calibration batch.
 *
 * @param count windows
 * @param length tokens of a window
 * @param seed for the choice of windows
 * @param tokenFisher whether second-order criteria average the squared gradients of tokens instead
 *     of samples
 * @param activations whether they are kept for the gradients
 */
public record Samples(
    TextRef text, int count, int length, long seed, boolean tokenFisher, Activations activations) {}
