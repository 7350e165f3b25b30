package dev.secateur.protocol;

import java.util.Optional;

/**
 * How a model's speed is measured.
 *
 * @param batch sequences per forward pass
 * @param length tokens per sequence
 * @param generated tokens to generate after the prompt
 * @param warmup warm-up passes, which are not measured
 * @param repetitions measured passes
 */
public record LatencyProtocol(int batch, int length, int generated, int warmup, int repetitions)
    implements EvaluationSpec.Speed {
  @Override
  public Optional<LatencyProtocol> protocol() {
    return Optional.of(this);
  }
}
