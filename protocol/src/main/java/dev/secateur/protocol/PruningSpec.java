package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Aggregates stored scores, ranks units and writes the recipe.
 *
 * @param basis dense with ratio 0
 * @param selection at once where nothing is pruned
 */
public record PruningSpec(
    ModelRef model, @JsonUnwrapped Basis basis, Point point, @JsonUnwrapped Selection selection)
    implements StageSpec {

  /** What units are ranked by; written beside the other fields. */
  @JsonIgnoreProperties(ignoreUnknown = true) // a case is also given the selection's, which follow
  @JsonPropertyOrder({"discovery", "estimation"})
  public sealed interface Basis {
    Basis under(UnaryOperator<StageKey> keys);

    /** As it is written; a property that is not written is null here. */
    @JsonCreator
    private static Basis read(
        @JsonProperty("discovery") StageKey discovery,
        @JsonProperty("estimation") StageKey estimation) {
      return estimation == null ? new Dense() : new Scored(discovery, estimation);
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

  /** On which scores are estimated again, or moves are measured, where either is done. */
  public Optional<Samples> samples() {
    return selection instanceof Selection.Sampled sampled
        ? Optional.of(sampled.samples())
        : Optional.empty();
  }

  @Override
  public Precision precision() {
    return selection.precision();
  }

  @Override
  public StageKind kind() {
    return StageKind.PRUNING;
  }

  @Override
  public PruningSpec under(UnaryOperator<StageKey> keys) {
    return new PruningSpec(model, basis.under(keys), point, selection.under(keys));
  }
}
