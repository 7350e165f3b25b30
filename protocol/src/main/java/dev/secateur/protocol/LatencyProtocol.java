package dev.secateur.protocol;

/**
 * How a model's speed is measured.
 *
 * @param batch sequences of a forward pass
 * @param length tokens of a sequence
 * @param generated tokens that are generated one by one
 * @param warmup passes that do not count
 * @param repetitions passes that do
 */
public record LatencyProtocol(int batch, int length, int generated, int warmup, int repetitions) {}
