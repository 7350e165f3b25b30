package dev.secateur.actors.node;

import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.report.ArtifactFiles;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Files of artifacts, for a coordinator's reports: from the folder that nodes share, or from its
 * own, into which it copies artifacts of other coordinators from the database.
 */
final class StoredFiles implements ArtifactFiles {
  private final NodeSettings settings;
  private final WorkFolder work;
  private final ArtifactTable table; // null where nothing is copied

  /**
   * @param table in the database that coordinators share; absent where there is but one, or a
   *     folder that nodes share
   */
  StoredFiles(NodeSettings settings, WorkFolder work, Optional<ArtifactTable> table) {
    this.settings = settings;
    this.work = work;
    this.table = table.orElse(null);
  }

  static StoredFiles of(
      NodeSettings settings, WorkFolder work, Node.Launch launch, Database database) {
    boolean exchanges = settings.exchange(launch).store().isPresent() && database.isPostgreSql();
    return new StoredFiles(
        settings, work, exchanges ? Optional.of(new ArtifactTable(database)) : Optional.empty());
  }

  @Override
  public Optional<byte[]> find(StageKey stage, String name) throws IOException {
    ArtifactStore store = new ArtifactStore(settings.artifacts(work));
    if (table != null) {
      new CoordinatorArtifacts(
              store, Optional.of(table), List::of, NodeHttp.client(settings), StoreRoom.UNLIMITED)
          .obtain(stage, false);
    }
    Artifact artifact =
        store
            .find(stage)
            .orElseThrow(
                () -> new IOException("the artifact is not on this coordinator, or damaged"));
    Path file = artifact.file(name);
    return Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
  }
}
