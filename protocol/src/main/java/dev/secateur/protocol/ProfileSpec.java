package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.function.UnaryOperator;

/**
 * Measures the cost of removing more and more units from each structure, in the order of its
 * scores; or a part of that work, which another profile merges.
 *
 * @param estimation the scores
 * @param attention as of the estimation
 * @param mlp likewise
 * @param criterion whose scores give the order
 * @param samples for the measurement
 * @param share how much of the work it does: all, a part of the structures, or the merge of the
 *     parts
 * @param precision of the computation; part of the key unless it is float32
 */
public record ProfileSpec(
    ModelRef model,
    StageKey discovery,
    StageKey estimation,
    Strategy strategy,
    LayerSpan attention,
    LayerSpan mlp,
    Criterion criterion,
    Aggregation aggregation,
    Samples samples,
    @JsonUnwrapped StageShare share,
    @UnlessFloat32 Precision precision)
    implements StageSpec {
  public ProfileSpec {
    precision = precision == null ? Precision.FLOAT32 : precision;
  }

  @Override
  public StageKind kind() {
    return StageKind.PROFILE;
  }

  @Override
  public ProfileSpec under(UnaryOperator<StageKey> keys) {
    return new ProfileSpec(
        model,
        keys.apply(discovery),
        keys.apply(estimation),
        strategy,
        attention,
        mlp,
        criterion,
        aggregation,
        samples,
        share.under(keys),
        precision);
  }
}
