package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The share of an estimation or a profile that one stage has: all of the work, a part of it, or the
 * merge of its parts. Specifications write it as {@code part}, {@code parts} and {@code merged}
 * beside their other fields, whichever it is.
 */
@JsonPropertyOrder({"part", "parts", "merged"})
public sealed interface StageShare {
  /** A function of shares, case by case. */
  interface Cases<R> {
    R whole();

    R part(Part part);

    R merge(Merge merge);
  }

  /** Of all cases the one of this share. */
  <R> R as(Cases<R> cases);

  /** The number of parts that the work is split into; one if it is not split. */
  @JsonProperty
  int parts();

  /** The same with the stages that it names under other keys. */
  default StageShare under(UnaryOperator<StageKey> keys) {
    return this;
  }

  /** As it is written. */
  @JsonCreator
  private static StageShare read(
      @JsonProperty("part") int part,
      @JsonProperty("parts") int parts,
      @JsonProperty("merged") List<StageKey> merged) {
    if (merged != null && !merged.isEmpty()) {
      return new Merge(merged);
    }
    return parts <= 1 ? new Whole() : new Part(part, parts);
  }

  /** Measures everything. */
  record Whole() implements StageShare {
    @Override
    public <R> R as(Cases<R> cases) {
      return cases.whole();
    }

    @JsonProperty
    int part() {
      return 0;
    }

    @Override
    public int parts() {
      return 1;
    }

    @JsonProperty
    List<StageKey> merged() {
      return List.of();
    }
  }

  /**
   * Measures one of several parts, which another stage merges.
   *
   * @param index which, from 0
   */
  record Part(@JsonProperty("part") int index, int parts) implements StageShare {
    /** The elements that are this part's. */
    public <T> List<T> of(List<T> all) {
      return all.subList(all.size() * index / parts, all.size() * (index + 1) / parts);
    }

    @Override
    public <R> R as(Cases<R> cases) {
      return cases.part(this);
    }

    @JsonProperty
    List<StageKey> merged() {
      return List.of();
    }
  }

  /**
   * Merges what other stages measured, and measures nothing.
   *
   * @param measured the stages of all parts, in their order
   */
  record Merge(@JsonProperty("merged") List<StageKey> measured) implements StageShare {
    @Override
    public <R> R as(Cases<R> cases) {
      return cases.merge(this);
    }

    @JsonProperty
    int part() {
      return 0;
    }

    @Override
    public int parts() {
      return measured.size();
    }

    @Override
    public Merge under(UnaryOperator<StageKey> keys) {
      return new Merge(measured.stream().map(keys).toList());
    }
  }
}
