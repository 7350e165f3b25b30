package dev.secateur.coordinator.disk;

import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.SweepId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a coordinator's node does with its disk and its database. All of it blocks. */
public interface Housekeeping {
  /** Removes what nobody needs. */
  Collected clean(Cleaning what);

  /** The sweeps that had ended by then, and have not begun again since. */
  List<SweepId> endedBefore(Instant then);

  /** What is used and what is left. */
  List<DiskUse> use();

  /** The bytes of a run folder. */
  long runBytes(String folder);

  /** Why the journal can't be written to, where it can't. */
  Optional<String> journalProblem();

  /** Where there is nothing to keep. */
  Housekeeping NONE =
      new Housekeeping() {
        @Override
        public Collected clean(Cleaning what) {
          return new Collected(List.of(), Optional.empty());
        }

        @Override
        public List<SweepId> endedBefore(Instant then) {
          return List.of();
        }

        @Override
        public List<DiskUse> use() {
          return List.of();
        }

        @Override
        public long runBytes(String folder) {
          return 0;
        }

        @Override
        public Optional<String> journalProblem() {
          return Optional.empty();
        }
      };
}
