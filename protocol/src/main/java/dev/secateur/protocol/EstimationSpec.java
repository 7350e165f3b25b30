package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Scores the members of the structures that the strategy may prune, by all of the criteria; or a
 * part of that work, which another estimation merges.
 *
 * @param attention the blocks whose heads may be removed; for the layer strategy, the blocks that
 *     may be removed
 * @param mlp the blocks whose MLP channels may be removed
 * @param criteria of one family
 * @param share how much of the work it does: all, a part of the samples, or of the units, or the
 *     merge of the parts
 * @param precision of the computation; part of the key unless it is float32
 */
public record EstimationSpec(
    ModelRef model,
    StageKey discovery,
    Strategy strategy,
    LayerSpan attention,
    LayerSpan mlp,
    List<Criterion> criteria,
    Samples samples,
    @JsonUnwrapped StageShare share,
    @UnlessFloat32 Precision precision)
    implements StageSpec {
  public EstimationSpec {
    precision = precision == null ? Precision.FLOAT32 : precision;
  }

  @Override
  public StageKind kind() {
    return StageKind.ESTIMATION;
  }

  @Override
  public EstimationSpec under(UnaryOperator<StageKey> keys) {
    return new EstimationSpec(
        model,
        keys.apply(discovery),
        strategy,
        attention,
        mlp,
        criteria,
        samples,
        share.under(keys),
        precision);
  }
}
