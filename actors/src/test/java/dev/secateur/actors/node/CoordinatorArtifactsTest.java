package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.http.StoreFullException;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two coordinators that share a database, and no folder. */
class CoordinatorArtifactsTest {
  private static final StageKey KEY = new StageKey("0123456789abcdef0123456789abcdef01234567");

  @TempDir private Path folder;
  private Database database;

  @BeforeEach
  void makeTheTables() {
    database = new Database("jdbc:h2:" + folder.resolve("db/journal"), "secateur", "");
    JournalDatabase.prepare(database, new WorkFolder(folder));
    JournalDatabase.prepare(database, new WorkFolder(folder)); // what is up to date stays as it is
  }

  private ArtifactStore store(String name) {
    return new ArtifactStore(folder.resolve(name));
  }

  private CoordinatorArtifacts repository(String name) {
    return repository(name, StoreRoom.UNLIMITED);
  }

  private CoordinatorArtifacts repository(String name, StoreRoom room) {
    return new CoordinatorArtifacts(
        store(name),
        Optional.of(new ArtifactTable(database)),
        List::of,
        HttpClient.newHttpClient(),
        room);
  }

  @Test
  void whereThereIsNoRoomNothingIsTakenAndThatIsSaid() throws IOException {
    byte[] packed = packed(100);
    StoreRoom full = new StoreRoom(folder, Long.MAX_VALUE);
    assertThatThrownBy(
            () -> repository("one", full).take(KEY, new ByteArrayInputStream(packed), true))
        .isInstanceOf(StoreFullException.class)
        .hasMessageStartingWith(folder + " has ")
        .hasMessageContaining(" MiB free, fewer than the ");
    assertThat(store("one").has(KEY)).isFalse();
    repository("one").take(KEY, new ByteArrayInputStream(packed), true);
    assertThat(store("one").has(KEY)).isTrue();
    assertThat(repository("one", full).manifest(KEY, true, true)).as("is read still").isPresent();
  }

  /** An artifact as a worker sends it. */
  private byte[] packed(int bytes) throws IOException {
    Artifact made =
        store("worker")
            .create(
                KEY,
                StageKind.PRUNING,
                Map.of(),
                into -> {
                  Files.createDirectories(into.resolve("deep"));
                  Files.write(into.resolve("deep/recipe.json"), new byte[bytes]);
                  return Map.of("x", 1.0);
                });
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    store("worker").pack(made.ref().key(), packed);
    return packed.toByteArray();
  }

  @Test
  void aSmallArtifactIsThereForACoordinatorThatTakesOver() throws IOException {
    repository("one").take(KEY, new ByteArrayInputStream(packed(100)), true);
    assertThat(store("two").find(KEY)).isEmpty();
    assertThat(repository("two").obtain(KEY, true)).isTrue();
    assertThat(store("two").get(KEY).ref()).isEqualTo(store("worker").get(KEY).ref());
    assertThat(store("two").get(KEY).file("deep/recipe.json")).hasSize(100);
  }

  @Test
  void aLargeOneIsRefusedWhileItWouldLieOnOneDiskAlone() throws IOException {
    byte[] packed = packed((8 << 20) + 1);
    assertThatThrownBy(() -> repository("one").take(KEY, new ByteArrayInputStream(packed), true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is stored on one disk only");
    assertThatThrownBy(() -> repository("one").manifest(KEY, false, true))
        .as("it is there now, and no safer")
        .isInstanceOf(IOException.class);
  }

  @Test
  void takesNothingThatIsNotThatArtifact() throws IOException {
    byte[] packed = packed(100);
    StageKey other = new StageKey(KEY.value().replace('0', 'f'));
    for (byte[] content :
        List.of(new byte[0], "nonsense".getBytes(StandardCharsets.UTF_8), flipped(packed))) {
      assertThatThrownBy(() -> repository("one").take(KEY, new ByteArrayInputStream(content), true))
          .isInstanceOf(InputException.class);
    }
    assertThatThrownBy(() -> repository("one").take(other, new ByteArrayInputStream(packed), true))
        .isInstanceOf(InputException.class);
    assertThat(repository("one").obtain(KEY, true)).isFalse();
    assertThat(repository("one").obtain(other, true)).isFalse();
    assertThat(folder.resolve("one")).isEmptyDirectory();
  }

  private static byte[] flipped(byte[] packed) {
    byte[] damaged = packed.clone();
    damaged[packed.length / 3] ^= 1;
    return damaged;
  }

  @Test
  void replacesItsOwnOnceThatIsDamaged() throws IOException {
    CoordinatorArtifacts repository = repository("one");
    byte[] packed = packed(100);
    repository.take(KEY, new ByteArrayInputStream(packed), true);
    Files.write(store("one").get(KEY).file("deep/recipe.json"), new byte[99]);
    assertThat(repository.manifest(KEY, false, false)).as("not looked at closely").isPresent();
    assertThat(repository.manifest(KEY, true, false)).isEmpty();
    repository.take(KEY, new ByteArrayInputStream(packed), true);
    assertThat(repository.manifest(KEY, true, false)).isPresent();
  }

  @Test
  void reportsReadFilesOfTheFolderAndSayWhatIsNotThere() throws IOException {
    StoredFiles own =
        StoredFiles.of(
            NodeSettings.load(Optional.empty()),
            new WorkFolder(folder),
            new Node.Launch(Set.of(Node.COORDINATOR), List.of(), 0),
            database);
    assertThatThrownBy(() -> own.find(KEY, "deep/recipe.json"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not on this coordinator");
    store("artifacts").unpack(KEY, new ByteArrayInputStream(packed(100)));
    assertThat(own.find(KEY, "deep/recipe.json")).hasValue(new byte[100]);
    assertThat(own.find(KEY, "samples.json")).isEmpty();
  }

  @Test
  void reportsReadFilesThatTheDatabaseHas() throws IOException {
    repository("one").take(KEY, new ByteArrayInputStream(packed(100)), true);
    StoredFiles shared =
        new StoredFiles(
            NodeSettings.load(Optional.empty()),
            new WorkFolder(folder),
            Optional.of(new ArtifactTable(database)));
    assertThat(shared.find(KEY, "deep/recipe.json")).hasValue(new byte[100]);
  }

  @Test
  void readersGetFilesThatTheDatabaseHas() throws IOException {
    repository("one").take(KEY, new ByteArrayInputStream(packed(100)), true);
    StageKey other = new StageKey(KEY.value().replace('0', 'f'));
    assertThat(repository("two").kept(Set.of(KEY, other))).containsExactly(KEY);
    assertThat(repository("two").described(KEY, true).orElseThrow())
        .isEqualTo(store("one").manifest(KEY).orElseThrow());
    assertThat(repository("three").file(KEY, "deep/recipe.json")).isPresent();
    assertThat(repository("three").file(KEY, "../recipe.json")).isEmpty();
    assertThat(repository("four").manifest(KEY, true, true)).as("kept safely").isPresent();
  }
}
