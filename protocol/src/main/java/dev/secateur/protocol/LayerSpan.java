package dev.secateur.protocol;

/**
 * Blocks of a model.
 *
 * @param first the first
 * @param end the one after the last
 */
public record LayerSpan(int first, int end) {}
