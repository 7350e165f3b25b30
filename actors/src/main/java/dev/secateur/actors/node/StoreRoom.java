package dev.secateur.actors.node;

import dev.secateur.checkpoint.DiskSpace;
import dev.secateur.coordinator.http.StoreFullException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The room for artifacts on a coordinator's disk, which must keep some free for the journal and the
 * log. Blocks.
 *
 * @param folder of artifacts
 * @param reserve bytes that must stay free on its disk; 0 for no limit
 */
record StoreRoom(Path folder, long reserve) {
  static final StoreRoom UNLIMITED = new StoreRoom(Path.of("/"), 0);

  /** What a node needs to be started again. */
  private static final long RESERVE = WorkFolder.LEAST_FREE_BYTES;

  /** Of a command that has a cluster to itself what finds no room fails. */
  static StoreRoom of(NodeSettings settings, WorkFolder work, Node.Launch launch) {
    return new StoreRoom(settings.artifacts(work), launch.isAlone() ? 0 : RESERVE);
  }

  /** Why nothing can be kept, where nothing can. */
  Optional<String> problem() {
    try {
      long free = DiskSpace.free(folder);
      return free >= reserve
          ? Optional.empty()
          : Optional.of(
              folder
                  + " has "
                  + (free >> 20)
                  + " MiB free, fewer than the "
                  + (reserve >> 20)
                  + " MiB that artifacts must leave free");
    } catch (IOException e) {
      return Optional.empty(); // a write there reports what is wrong
    }
  }

  void check() throws StoreFullException {
    Optional<String> problem = problem();
    if (problem.isPresent()) {
      throw new StoreFullException(problem.get());
    }
  }

  /** What a failure to write is, by what is free now. */
  IOException cause(IOException failure) {
    return problem().<IOException>map(StoreFullException::new).orElse(failure);
  }
}
