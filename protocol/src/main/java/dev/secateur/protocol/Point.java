package dev.secateur.protocol;

import java.math.BigDecimal;

/**
 * What a trial prunes, and by what measure.
 *
 * @param attention the blocks whose heads may go; of the layer strategy, the blocks that may go
 * @param mlp the blocks whose MLP channels may go
 * @param ratio the share of {@code target} that goes
 * @param steps in how many steps, before each of which scores are estimated anew
 */
public record Point(
    Strategy strategy,
    LayerSpan attention,
    LayerSpan mlp,
    BigDecimal ratio,
    Criterion criterion,
    Aggregation aggregation,
    Scope scope,
    Target target,
    int steps) {}
