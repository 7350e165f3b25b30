package dev.secateur.actors.node;

import dev.secateur.artifact.KeptArtifacts.Gone;
import dev.secateur.artifact.KeptArtifacts.Kept;
import dev.secateur.protocol.StageKey;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The workers' own folders of artifacts, as a coordinator's cleaning sees them. */
interface WorkerFolders {
  /** Where workers keep nothing of their own. */
  WorkerFolders NONE = () -> new Listing(List.of(), List.of());

  /** A folder; once, however many workers it has. */
  interface Folder {
    /** By which it is known. */
    String identity();

    List<Kept> artifacts();

    /**
     * Has artifacts removed; answered in any case, and within some minutes.
     *
     * @param unused for how long at least
     */
    CompletableFuture<Gone> remove(Set<StageKey> keys, Duration unused);
  }

  /**
   * What workers have told.
   *
   * @param problems whose folders are unknown
   */
  record Listing(List<Folder> folders, List<String> problems) {}

  /** Asks all workers; blocks, for a minute at the most where none answers. */
  Listing list();
}
