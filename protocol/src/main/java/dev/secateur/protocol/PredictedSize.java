package dev.secateur.protocol;

import java.math.BigDecimal;

/**
 * The size that the pruned models of some trials will have. If every structure loses the same
 * share, it depends on no score; if structures compete, it is what the budget requires.
 *
 * @param model its name
 * @param uniform whether all blocks keep equal widths
 * @param trials how many have this size
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
