package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Aggregates stored scores, ranks units and writes the recipe.
 *
 * @param discovery absent if nothing is pruned, with ratio 0
 * @param estimation likewise
 * @param samples from which scores are estimated again, if there is more than one step, and on
 *     which climbing measures
 * @param precision of the computation; part of the key unless it is float32
 * @param profile of scope measured; part of the key only there
 * @param timing of target latency; part of the key only there
 * @param ridge of the compensation that climbing measures moves with; part of the key only there
 */
public record PruningSpec(
    ModelRef model,
    Optional<StageKey> discovery,
    Optional<StageKey> estimation,
    Point point,
    Optional<Samples> samples,
    @UnlessFloat32 Precision precision,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<StageKey> profile,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<StageKey> timing,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Ridge> ridge)
    implements StageSpec {
  public PruningSpec {
    precision = precision == null ? Precision.FLOAT32 : precision;
    profile = profile == null ? Optional.empty() : profile; // of plans that know none
    timing = timing == null ? Optional.empty() : timing;
    ridge = ridge == null ? Optional.empty() : ridge;
  }

  /** One that no timing says anything to, and that does not climb with a compensation. */
  public PruningSpec(
      ModelRef model,
      Optional<StageKey> discovery,
      Optional<StageKey> estimation,
      Point point,
      Optional<Samples> samples,
      Precision precision,
      Optional<StageKey> profile) {
    this(
        model,
        discovery,
        estimation,
        point,
        samples,
        precision,
        profile,
        Optional.empty(),
        Optional.empty());
  }

  @Override
  public StageKind kind() {
    return StageKind.PRUNING;
  }

  @Override
  public PruningSpec under(UnaryOperator<StageKey> keys) {
    return new PruningSpec(
        model,
        discovery.map(keys),
        estimation.map(keys),
        point,
        samples,
        precision,
        profile.map(keys),
        timing.map(keys),
        ridge);
  }
}
