package dev.secateur.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker tells of its folder, and what it removes from it. */
class KeptArtifactsTest {
  private static final StageKey A = key('a');
  private static final StageKey B = key('b');
  private static final StageKey C = key('c');

  @TempDir private Path folder;
  private final Instant now = Instant.now();
  private ArtifactStore store;
  private KeptArtifacts kept;

  private static StageKey key(char letter) {
    return new StageKey(String.valueOf(letter).repeat(40));
  }

  @BeforeEach
  void threeOfYesterday() throws IOException {
    store = new ArtifactStore(folder.resolve("artifacts"));
    kept = new KeptArtifacts(store);
    for (StageKey key : Set.of(A, B, C)) {
      store.create(
          key,
          StageKind.EXPORT,
          Map.of(),
          into -> {
            Files.write(into.resolve("data"), new byte[100]);
            return Map.of();
          });
      used(key, Duration.ofDays(1));
    }
  }

  private void used(StageKey key, Duration ago) throws IOException {
    Path manifest = store.root().resolve(key.value()).resolve(ArtifactStore.MANIFEST);
    Files.setLastModifiedTime(manifest, FileTime.from(now.minus(ago)));
  }

  private Set<StageKey> remove(Duration unused, StageKey... keys) {
    KeptArtifacts.Gone gone = kept.remove(Set.of(keys), unused, now);
    assertThat(gone.problem()).isEmpty();
    for (StageKey key : keys) {
      assertThat(store.has(key)).isNotEqualTo(gone.keys().contains(key));
    }
    return gone.keys();
  }

  @Test
  void tellsKeysSizesAndLastUse() throws IOException {
    used(B, Duration.ofMinutes(5));
    assertThat(kept.all(now)).extracting(KeptArtifacts.Kept::key).containsExactly(A, B, C);
    assertThat(kept.all(now))
        .extracting(KeptArtifacts.Kept::inUse)
        .containsExactly(false, true, false);
    KeptArtifacts.Kept first = kept.all(now).get(0);
    assertThat(first.unused()).isEqualTo(Duration.ofDays(1));
    assertThat(first.bytes()).isEqualTo(StoreContents.bytes(store.root().resolve(A.value())));
  }

  @Test
  void removesTheseOnly() throws IOException {
    assertThat(remove(Duration.ZERO, A, B)).containsExactlyInAnyOrder(A, B);
    assertThat(store.has(C)).isTrue();
    assertThat(kept.all(now)).hasSize(1);
    try (Stream<Path> left = Files.list(store.root())) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .as("nothing half-removed")
          .containsExactlyInAnyOrder(C.value(), ".lock-" + A.value(), ".lock-" + B.value());
    }
  }

  @Test
  void whatATaskWorksWithStays() throws IOException {
    try (Touching touching = store.touching(A)) {
      assertThat(touching).isNotNull();
      assertThat(remove(Duration.ZERO, A, B)).containsExactly(B);
    }
  }

  @Test
  void whatWasUsedSinceItWasToldStays() throws IOException {
    assertThat(kept.all(now)).noneMatch(KeptArtifacts.Kept::inUse);
    store.find(A);
    used(B, Duration.ofHours(3));
    assertThat(remove(Duration.ofHours(5), A, B, C)).containsExactly(C);
  }

  @Test
  void whatAWorkerIsAboutToBringOrLooksAtStays() throws IOException {
    try (ArtifactLock turn = store.lock(A, () -> {})) {
      assertThat(turn).isNotNull();
      assertThat(remove(Duration.ZERO, A, B)).containsExactly(B);
    }
    assertThat(remove(Duration.ZERO, A)).containsExactly(A);
  }

  @Test
  void whatIsUsedInTheMomentOfItsRemovalIsPutBack() throws IOException {
    StoreContents contents = new StoreContents(store.root());
    StoreContents.Entry.Artifact asItWas = contents.artifact(A).orElseThrow();
    store.find(A);
    assertThat(contents.removeUnused(asItWas, now.minus(Duration.ofHours(1)))).isFalse();
    assertThat(store.find(A)).isPresent();
  }

  @Test
  void aFolderHasOneIdentityForAllItsWorkers() throws IOException {
    String identity = kept.folder();
    assertThat(identity).hasSize(36);
    assertThat(new KeptArtifacts(new ArtifactStore(store.root())).folder()).isEqualTo(identity);
    assertThat(new KeptArtifacts(new ArtifactStore(folder.resolve("other"))).folder())
        .isNotEqualTo(identity);
    assertThat(kept.all(now)).as("its file is no artifact").hasSize(3);
  }
}
