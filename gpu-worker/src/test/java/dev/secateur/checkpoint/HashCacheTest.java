package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HashCacheTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private Path hashes;
  private Path file;

  @BeforeEach
  void writeAFile() throws IOException {
    hashes = folder.resolve("hashes");
    file = Files.write(folder.resolve("weights"), new byte[1 << 20]);
    HashCache.keepIn(hashes);
  }

  @AfterEach
  void keepNothing() {
    HashCache.keepNowhere();
  }

  /** Until it was not changed for some seconds, a file is hashed each time. */
  private void untilKept() {
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              assertThat(HashCache.of(file)).isEqualTo(Sha256.of(file));
              assertThat(entries()).hasSize(1);
            });
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> listed = Files.list(hashes)) {
      return listed.toList();
    }
  }

  /** What is kept is what is told: the entry is given another hash. */
  private String falsify() throws IOException {
    Path entry = entries().get(0);
    String line = Files.readString(entry);
    String wrong = "0".repeat(64);
    Files.writeString(entry, line.substring(0, line.length() - 64) + wrong);
    return wrong;
  }

  @Test
  void readsAFileOnceAndAgainWhenItChanged() throws IOException {
    assertThat(HashCache.of(file)).isEqualTo(Sha256.of(file));
    assertThat(entries()).as("it was changed a moment ago").isEmpty();
    untilKept();
    String wrong = falsify();
    assertThat(HashCache.of(file)).isEqualTo(wrong);

    FileTime written = Files.getLastModifiedTime(file);
    Files.write(file, new byte[] {1}, StandardOpenOption.WRITE);
    Files.setLastModifiedTime(file, written);
    assertThat(HashCache.of(file)).as("same size and time").isEqualTo(Sha256.of(file));
  }

  @Test
  void anotherFileInItsPlaceIsAnother() throws IOException {
    untilKept();
    String wrong = falsify();
    assertThat(HashCache.of(file)).isEqualTo(wrong);
    Path other = Files.write(folder.resolve("other"), new byte[1 << 20]);
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(HashCache.of(file)).isEqualTo(Sha256.of(file));
  }

  @Test
  void anEntryThatIsDamagedDoesNotCount() throws IOException {
    untilKept();
    Path entry = entries().get(0);
    String line = Files.readString(entry);
    Files.writeString(entry, line.substring(0, line.length() - 1));
    assertThat(HashCache.of(file)).isEqualTo(Sha256.of(file));
    assertThat(Files.readString(entry)).isEqualTo(line);
    Files.write(entry, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(HashCache.of(file)).isEqualTo(Sha256.of(file));
  }

  @Test
  void aPlaceThatCannotBeWrittenCostsOnlyTime() throws IOException {
    Files.delete(hashes);
    FileTime written = Files.getLastModifiedTime(file);
    Awaitility.await()
        .atMost(LONG)
        .until(() -> written.toInstant().plusSeconds(4).isBefore(Instant.now()));
    assertThat(HashCache.of(file)).isEqualTo(Sha256.of(file));
    assertThat(hashes).doesNotExist();
  }
}
