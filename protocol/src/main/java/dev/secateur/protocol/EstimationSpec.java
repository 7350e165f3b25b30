package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Scores the members of the structures that the strategy may prune, by all of the criteria; or a
 * part of that work, which another estimation merges.
 *
 * @param attention the blocks whose heads may be removed; for the layer strategy, the blocks that
 *     may be removed
 * @param mlp the blocks whose MLP channels may be removed
 * @param criteria of one family
 * @param part which part of the samples, or of the units, is measured
 * @param parts the number of parts; one for all of it
 * @param merged the parts that are merged, in their order; nothing is measured then
 * @param precision of the computation if it is not float32; part of the key only then
 */
public record EstimationSpec(
    ModelRef model,
    StageKey discovery,
    Strategy strategy,
    LayerSpan attention,
    LayerSpan mlp,
    List<Criterion> criteria,
    Samples samples,
    int part,
    int parts,
    List<StageKey> merged,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Precision> precision)
    implements StageSpec {
  /** One that does a part. */
  public EstimationSpec(
      ModelRef model,
      StageKey discovery,
      Strategy strategy,
      LayerSpan attention,
      LayerSpan mlp,
      List<Criterion> criteria,
      Samples samples,
      StagePart part,
      Optional<Precision> precision) {
    this(
        model,
        discovery,
        strategy,
        attention,
        mlp,
        criteria,
        samples,
        part.index(),
        part.parts(),
        part.measured(),
        precision);
  }

  /** What it does: it measures a part, or merges parts. */
  public StagePart share() {
    return StagePart.of(part, parts, merged);
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
        part,
        parts,
        merged.stream().map(keys).toList(),
        precision);
  }
}
