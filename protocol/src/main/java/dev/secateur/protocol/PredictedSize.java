package dev.secateur.protocol;

import java.math.BigDecimal;

/**
 * How large the pruned models of some trials will be, which depends on no score where every
 * structure loses the same share; where structures compete, it is what the budget asks for.
 *
 * @param model its name
 * @param uniform whether all blocks keep equal widths
 * @param trials how many are so
 * @param parameters of the pruned model
 * @param before of the base
 * @param macs multiply-accumulates of the pruned model for 64 tokens
 */
public record PredictedSize(
    String model,
    Strategy strategy,
    LayerSpan attention,
    LayerSpan mlp,
    BigDecimal ratio,
    Scope scope,
    Target target,
    boolean uniform,
    int trials,
    long parameters,
    long before,
    long macs) {}
