package dev.secateur.protocol;

import java.util.List;
import java.util.Optional;

/**
 * Text to generate with a model, since people judge a pruned model by reading it.
 *
 * @param maxTokens the maximum number of tokens to generate after each prompt
 * @param temperature what logits are divided by; 0 for always the most probable token
 * @param topK sampling is from this many most probable tokens; 0 for all
 * @param topP sampling is from the smallest set of tokens whose probabilities reach this sum
 */
public record Generation(
    List<String> prompts, int maxTokens, double temperature, int topK, double topP, long seed)
    implements EvaluationSpec.Texts {
  @Override
  public Optional<Generation> generation() {
    return Optional.of(this);
  }
}
