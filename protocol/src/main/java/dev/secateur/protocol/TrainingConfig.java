package dev.secateur.protocol;

import java.util.Map;

/**
 * A checked configuration of a model to be trained from random weights.
 *
 * @param model the checkpoint's config, without vocabulary size and special tokens
 * @param vocabulary tokens of the tokenizer to be trained
 * @param window tokens of a training row, and of an evaluation window
 * @param batch rows of a step
 */
public record TrainingConfig(
    Map<String, Object> model,
    int vocabulary,
    int window,
    int batch,
    int microBatch,
    int steps,
    double learningRate,
    int warmup,
    double weightDecay,
    double beta2,
    long seed) {}
