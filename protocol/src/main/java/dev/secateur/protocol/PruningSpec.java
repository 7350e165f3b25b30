package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Aggregates stored scores, ranks units and writes the recipe.
 *
 * @param basis dense with ratio 0
 * @param samples from which scores are estimated again, if there is more than one step, and on
 *     which climbing measures
 * @param precision of the computation; part of the key unless it is float32
 * @param profile of scope measured; part of the key only there
 * @param timing of target latency; part of the key only there
 * @param ridge of the compensation that climbing measures moves with; part of the key only there
 */
public record PruningSpec(
    ModelRef model,
    @JsonUnwrapped Basis basis,
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
      Basis basis,
      Point point,
      Optional<Samples> samples,
      Precision precision,
      Optional<StageKey> profile) {
    this(model, basis, point, samples, precision, profile, Optional.empty(), Optional.empty());
  }

  /** What units are ranked by; written beside the other fields. */
  @JsonPropertyOrder({"discovery", "estimation"})
  public sealed interface Basis {
    Basis under(UnaryOperator<StageKey> keys);

    @JsonCreator
    private static Basis read(
        @JsonProperty("discovery") Optional<StageKey> discovery,
        @JsonProperty("estimation") Optional<StageKey> estimation) {
      return estimation
          .<Basis>map(scores -> new Scored(discovery.orElseThrow(), scores))
          .orElseGet(Dense::new);
    }
  }

  /** Nothing, since nothing is pruned. */
  public record Dense() implements Basis {
    @Override
    public Dense under(UnaryOperator<StageKey> keys) {
      return this;
    }

    @JsonProperty
    StageKey discovery() {
      return null; // as it is written
    }

    @JsonProperty
    StageKey estimation() {
      return null;
    }
  }

  /** The scores of an estimation, of the structures of a discovery. */
  public record Scored(StageKey discovery, StageKey estimation) implements Basis {
    @Override
    public Scored under(UnaryOperator<StageKey> keys) {
      return new Scored(keys.apply(discovery), keys.apply(estimation));
    }
  }

  /** The scores, unless nothing is pruned. */
  public Optional<StageKey> scores() {
    return basis instanceof Scored scored ? Optional.of(scored.estimation()) : Optional.empty();
  }

  @Override
  public StageKind kind() {
    return StageKind.PRUNING;
  }

  @Override
  public PruningSpec under(UnaryOperator<StageKey> keys) {
    return new PruningSpec(
        model,
        basis.under(keys),
        point,
        samples,
        precision,
        profile.map(keys),
        timing.map(keys),
        ridge);
  }
}
