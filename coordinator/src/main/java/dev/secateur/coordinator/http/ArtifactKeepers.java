package dev.secateur.coordinator.http;

import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.StageKey;
import java.util.Map;
import java.util.Set;

/**
 * The workers' nodes as the places of artifacts that stay where they were made. All methods block.
 */
public interface ArtifactKeepers {
  /** Where nodes share all artifacts. */
  ArtifactKeepers NONE =
      new ArtifactKeepers() {
        @Override
        public Found find(StageKey key) {
          return new Nowhere(true, true);
        }

        @Override
        public Map<StageKey, String> holding(Set<StageKey> keys) {
          return Map.of();
        }
      };

  /** What the workers' nodes said of an artifact. */
  sealed interface Found {}

  /**
   * None has said that it has the artifact.
   *
   * @param all whether each that is known of has answered in time
   * @param settled whether all that are there can be known of, some time after a start
   */
  record Nowhere(boolean all, boolean settled) implements Found {}

  /** A worker's node that has an artifact. */
  non-sealed interface Kept extends Found {
    /** The name of the worker. */
    String worker();

    /** What the artifact's manifest says. */
    byte[] manifest();

    /** Whether all of its files are whole, which takes as long as to read them. */
    boolean isWhole();

    /**
     * Has the worker's node send the artifact to this coordinator; does not wait for it.
     *
     * @param ticket under which it is waited for
     */
    void send(ArtifactContent content, String ticket);
  }

  /** Asks all of them; the first that has it counts. */
  Found find(StageKey key);

  /** The workers that have some of these artifacts, as far as they answer in time. */
  Map<StageKey, String> holding(Set<StageKey> keys);
}
