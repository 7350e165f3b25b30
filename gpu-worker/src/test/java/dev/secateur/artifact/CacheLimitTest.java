package dev.secateur.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.artifact.StoreContents.Entry;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes from a worker's cache, and what a folder of artifacts holds. */
class CacheLimitTest {
  private static final StageKey OLD = key('a');
  private static final StageKey NEW = key('b');
  private static final StageKey USED = key('c');

  @TempDir Path folder;

  private static StageKey key(char letter) {
    return new StageKey(String.valueOf(letter).repeat(40));
  }

  private void create(StageKey key, Duration ago) throws IOException {
    Artifact made =
        new ArtifactStore(folder)
            .create(
                key,
                StageKind.PRUNING,
                Map.of(),
                into -> {
                  Files.write(into.resolve("data"), new byte[10_000]);
                  return Map.of();
                });
    used(made.file("artifact.json"), ago);
  }

  private static void used(Path file, Duration ago) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(ago)));
  }

  private List<StageKey> limited(long most, CacheLimit.Stored stored) {
    return new CacheLimit(folder, CacheLimit.Most.bytes(most))
        .apply(stored, Instant.now()).stream().map(Entry.Artifact::key).toList();
  }

  private void three() throws IOException {
    create(USED, Duration.ofSeconds(30));
    create(NEW, Duration.ofHours(1));
    create(OLD, Duration.ofHours(2));
  }

  @Test
  void whatWasUsedLongestAgoGoesUntilTheRestFits() throws IOException {
    three();
    assertThat(limited(25_000, entry -> true)).containsExactly(OLD);
    assertThat(new ArtifactStore(folder).find(OLD)).isEmpty();
    assertThat(limited(25_000, entry -> true)).isEmpty();
    assertThat(limited(12_000, entry -> true)).containsExactly(NEW);
  }

  @Test
  void whatATaskWorksWithStaysAndWhatTheCoordinatorLacks() throws IOException {
    three();
    assertThat(limited(0, entry -> !entry.key().equals(OLD))).containsExactly(NEW);
    assertThat(new ArtifactStore(folder).find(OLD)).isPresent();
    assertThat(new ArtifactStore(folder).find(USED)).isPresent();
  }

  @Test
  void aFolderThatIsACoordinatorsStoreIsLeftAsItIs() throws IOException {
    three();
    Files.createFile(folder.resolve(CacheLimit.STORE));
    assertThat(limited(0, entry -> true)).isEmpty();
  }

  @Test
  void whoeverFindsAnArtifactUsesIt() throws IOException {
    create(OLD, Duration.ofHours(2));
    create(NEW, Duration.ofHours(1));
    new ArtifactStore(folder).find(OLD);
    assertThat(limited(12_000, entry -> true)).containsExactly(NEW);
    used(folder.resolve(OLD.value()).resolve("artifact.json"), Duration.ofHours(3));
    new ArtifactStore(folder).manifest(OLD);
    assertThat(limited(0, entry -> true)).isEmpty();
  }

  @Test
  void whatATaskHasFoundIsTouchedWhileItRuns() throws IOException {
    create(OLD, Duration.ofHours(2));
    Path manifest = folder.resolve(OLD.value()).resolve("artifact.json");
    try (Touching touching = new Touching(Duration.ofMillis(1))) {
      touching.add(manifest);
      used(manifest, Duration.ofHours(2));
      org.awaitility.Awaitility.await()
          .until(
              () ->
                  Files.getLastModifiedTime(manifest)
                      .toInstant()
                      .isAfter(Instant.now().minus(Duration.ofMinutes(1))));
    }
  }

  @Test
  void knowsWhatLiesInAFolder() throws IOException {
    create(OLD, Duration.ZERO);
    Files.write(folder.resolve(".state-" + NEW.value() + ".safetensors"), new byte[5]);
    Files.write(Files.createDirectory(folder.resolve(".part-1")).resolve("x"), new byte[3]);
    Files.createFile(folder.resolve(".probe1"));
    Files.createFile(folder.resolve("notes.txt"));
    Files.createFile(folder.resolve(CacheLimit.STORE));
    List<Entry> entries = new StoreContents(folder).entries();
    assertThat(entries.stream().<Class<?>>map(Entry::getClass))
        .containsExactlyInAnyOrder(
            Entry.Artifact.class, Entry.State.class, Entry.Part.class, Entry.Part.class);
    assertThat(entries)
        .filteredOn(Entry.State.class::isInstance)
        .first(InstanceOfAssertFactories.type(Entry.State.class))
        .satisfies(state -> assertThat(state.key()).isEqualTo(NEW))
        .satisfies(state -> assertThat(state.bytes()).isEqualTo(5));
    assertThat(new StoreContents(folder.resolve("none")).entries()).isEmpty();
  }

  @Test
  void whatTheCoordinatorLacksMakesNoRoom() throws IOException {
    three();
    assertThat(limited(25_000, entry -> !entry.key().equals(OLD))).containsExactly(NEW);
  }

  @Test
  void whatSomebodyBeginsToUseMeanwhileStays() throws IOException {
    three();
    ArtifactStore other = new ArtifactStore(folder);
    assertThat(limited(25_000, entry -> other.find(entry.key()).isPresent())).isEmpty();
    assertThat(other.has(OLD)).isTrue();
    assertThat(other.has(NEW)).isTrue();
  }
}
