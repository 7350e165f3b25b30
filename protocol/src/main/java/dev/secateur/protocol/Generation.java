package dev.secateur.protocol;

import java.util.List;

/**
 * Texts that a model is asked to write, since people judge a pruned model by reading it.
 *
 * @param maxTokens the most to write after each prompt
 * @param temperature what logits are divided by; 0 for always the most probable token
 * @param topK only the most probable tokens are drawn from; 0 for all
 * @param topP only the fewest tokens whose probabilities reach this sum are drawn from
 */
public record Generation(
    List<String> prompts, int maxTokens, double temperature, int topK, double topP, long seed) {}
