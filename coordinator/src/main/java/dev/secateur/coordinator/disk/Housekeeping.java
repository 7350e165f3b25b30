package dev.secateur.coordinator.disk;

import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.SweepId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Disk and database operations of a coordinator's node; the defaults do nothing. All methods block.
 */
public interface Housekeeping {
  /** Where there is nothing to keep. */
  Housekeeping NONE = new Housekeeping() {};

  /** Removes what nobody needs. */
  default Collected clean(Cleaning what) {
    return new Collected(List.of(), "");
  }

  /** The sweeps that had ended by then; some may have begun again since. */
  default List<SweepId> endedBefore(Instant then) {
    return List.of();
  }

  /** What is used and what is left. */
  default List<DiskUse> use() {
    return List.of();
  }

  /** The bytes of a run folder. */
  default long runBytes(String folder) {
    return 0;
  }

  /** Why artifacts can't be kept at the moment, for lack of room. */
  default Optional<String> storeProblem() {
    return Optional.empty();
  }

  /** Why the journal can't be written to, where it can't. */
  default Optional<String> journalProblem() {
    return Optional.empty();
  }
}
