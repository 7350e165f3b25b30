package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How units are selected by their scores. A pruning writes it as {@code samples}, {@code
 * precision}, {@code profile}, {@code timing} and {@code ridge} beside its other fields: the
 * samples of every case, the rest only of those that have it.
 */
@JsonPropertyOrder({"samples", "precision", "profile", "timing", "ridge"})
public sealed interface Selection {
  /** The same with the stages that it names under other keys. */
  default Selection under(UnaryOperator<StageKey> keys) {
    return this;
  }

  /** Of what it computes on a device. */
  default Precision precision() {
    return Precision.FLOAT32;
  }

  /** As it is written; a property that is not written is null here. */
  @JsonCreator
  private static Selection read(
      @JsonProperty("samples") Samples samples,
      @JsonProperty("precision") Precision precision,
      @JsonProperty("profile") StageKey profile,
      @JsonProperty("timing") StageKey timing,
      @JsonProperty("ridge") Ridge ridge) {
    if (profile == null) {
      return samples == null ? new AtOnce() : new Stepwise(samples, precision);
    } else if (samples == null) {
      return timing == null ? new ByProfile(profile) : new ByLatency(profile, timing);
    }
    return ridge == null
        ? new PlainClimbing(samples, profile)
        : new CompensatedClimbing(samples, profile, ridge);
  }

  /** One that computes on calibration samples. */
  sealed interface Sampled extends Selection {
    Samples samples();
  }

  /** Structures share the budget by a profile: scope measured. */
  sealed interface Allocation extends Selection {
    StageKey profile();

    @Override
    Allocation under(UnaryOperator<StageKey> keys);
  }

  /** In one step, by the scores as they are. */
  record AtOnce() implements Selection {
    @JsonProperty
    Samples samples() {
      return null; // as it is written
    }
  }

  /**
   * In several steps, with scores estimated again before each.
   *
   * @param precision of that computation; part of the key unless it is float32
   */
  record Stepwise(Samples samples, @UnlessFloat32 Precision precision) implements Sampled {
    public Stepwise {
      precision = precision == null ? Precision.FLOAT32 : precision;
    }
  }

  /** By what units cost and save, as a profile says. */
  record ByProfile(StageKey profile) implements Allocation {
    @Override
    public ByProfile under(UnaryOperator<StageKey> keys) {
      return new ByProfile(keys.apply(profile));
    }

    @JsonProperty
    Samples samples() {
      return null;
    }
  }

  /** By what units cost and how much time they save: target latency. */
  record ByLatency(StageKey profile, StageKey timing) implements Allocation {
    @Override
    public ByLatency under(UnaryOperator<StageKey> keys) {
      return new ByLatency(keys.apply(profile), keys.apply(timing));
    }

    @JsonProperty
    Samples samples() {
      return null;
    }
  }

  /** From where a profile leads, by moves that are measured on the samples. */
  sealed interface Climbing extends Sampled, Allocation {
    /** Of the compensation that each move is measured with, where one follows the pruning. */
    Optional<Ridge> compensation();
  }

  /** Moves are measured on what is left as it is. */
  record PlainClimbing(Samples samples, StageKey profile) implements Climbing {
    @Override
    public Optional<Ridge> compensation() {
      return Optional.empty();
    }

    @Override
    public PlainClimbing under(UnaryOperator<StageKey> keys) {
      return new PlainClimbing(samples, keys.apply(profile));
    }
  }

  /**
   * Each move is measured with the compensation that follows the pruning.
   *
   * @param ridge of that compensation
   */
  record CompensatedClimbing(Samples samples, StageKey profile, Ridge ridge) implements Climbing {
    @Override
    public Optional<Ridge> compensation() {
      return Optional.of(ridge);
    }

    @Override
    public CompensatedClimbing under(UnaryOperator<StageKey> keys) {
      return new CompensatedClimbing(samples, keys.apply(profile), ridge);
    }
  }
}
