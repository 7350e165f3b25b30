package dev.secateur.protocol;

import java.util.List;

/** The part of an estimation or a profile that one stage does. */
public sealed interface StagePart {
  /** All of it in one stage. */
  static Measured whole() {
    return new Measured(0, 1);
  }

  /** In how many parts it is measured. */
  int parts();

  /**
   * Measures a part.
   *
   * @param index which, from 0
   * @param parts how many there are; one for all of it
   */
  record Measured(int index, int parts) implements StagePart {
    /** Whether another stage merges it. */
    public boolean isMergedLater() {
      return parts > 1;
    }

    /**
     * The first of this many elements that are this part's, of which the next part's is the end.
     */
    public int from(int elements) {
      return elements * index / parts;
    }

    /** The end of this part's elements. */
    public int to(int elements) {
      return elements * (index + 1) / parts;
    }
  }

  /**
   * Merges what other stages measured; nothing is measured then.
   *
   * @param measured the stages of all parts, in their order
   */
  record Merged(List<StageKey> measured) implements StagePart {
    @Override
    public int parts() {
      return measured.size();
    }
  }

  /** As a stage's record says it: {@code merged} is empty where a part is measured. */
  static StagePart of(int part, int parts, List<StageKey> merged) {
    return merged.isEmpty() ? new Measured(part, parts) : new Merged(merged);
  }

  /** The number of the part that is measured; 0 where parts are merged. */
  default int index() {
    return 0;
  }

  /** The stages that are merged; none where a part is measured. */
  default List<StageKey> measured() {
    return List.of();
  }
}
