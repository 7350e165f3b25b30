package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
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
 * @param part which part of the structures is measured
 * @param parts the number of parts; one for all of them
 * @param merged the parts that are merged, in their order; nothing is measured then
 * @param precision of the computation if it is not float32; part of the key only then
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
    int part,
    int parts,
    List<StageKey> merged,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Precision> precision)
    implements StageSpec {
  /** One that does a part. */
  public ProfileSpec(
      ModelRef model,
      StageKey discovery,
      StageKey estimation,
      Strategy strategy,
      LayerSpan attention,
      LayerSpan mlp,
      Criterion criterion,
      Aggregation aggregation,
      Samples samples,
      StagePart part,
      Optional<Precision> precision) {
    this(
        model,
        discovery,
        estimation,
        strategy,
        attention,
        mlp,
        criterion,
        aggregation,
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
        part,
        parts,
        merged.stream().map(keys).toList(),
        precision);
  }
}
