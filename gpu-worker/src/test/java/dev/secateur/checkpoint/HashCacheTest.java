package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HashCacheTest {
  private static final int SIZE = 1 << 20;

  @TempDir private Path folder;
  private Path hashes;
  private Path file;

  @BeforeEach
  void writeAFile() throws IOException {
    hashes = Files.createDirectory(folder.resolve("hashes"));
    file = Files.write(folder.resolve("weights"), new byte[SIZE]);
  }

  /** A minute after the files of a test were written. */
  private String later() throws IOException {
    return HashCache.of(file, hashes, Instant.now().plusSeconds(60));
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> listed = Files.list(hashes)) {
      return listed.toList();
    }
  }

  private Path entry() throws IOException {
    assertThat(later()).isEqualTo(Sha256.of(file));
    assertThat(entries()).hasSize(1);
    return entries().get(0);
  }

  /** What is kept is what is told: the entry is given another hash. */
  private void falsify() throws IOException {
    Path entry = entry();
    String line = Files.readString(entry);
    String wrong = "0".repeat(64);
    Files.writeString(entry, line.substring(0, line.length() - 64) + wrong);
    assertThat(later()).isEqualTo(wrong);
  }

  @Test
  void keepsNothingOfAFileThatChangedAMomentAgo() throws IOException {
    assertThat(HashCache.of(file, hashes, Instant.now())).isEqualTo(Sha256.of(file));
    assertThat(entries()).isEmpty();
  }

  @Test
  void readsAFileAgainThatWasWrittenInPlace() throws IOException {
    falsify();
    FileTime written = Files.getLastModifiedTime(file);
    Object changed = Files.getAttribute(file, "unix:ctime");
    while (changed.equals(Files.getAttribute(file, "unix:ctime"))) { // a clock may tick slowly
      Files.write(file, new byte[] {1}, StandardOpenOption.WRITE);
      Files.setLastModifiedTime(file, written);
    }
    assertThat(later()).as("same size and time").isEqualTo(Sha256.of(file));
  }

  @Test
  void anotherFileInItsPlaceIsAnother() throws IOException {
    falsify();
    Path other = Files.write(folder.resolve("other"), new byte[SIZE]);
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(later()).isEqualTo(Sha256.of(file));
  }

  @Test
  void anEntryThatIsDamagedDoesNotCount() throws IOException {
    Path entry = entry();
    String line = Files.readString(entry);
    Files.writeString(entry, line.substring(0, line.length() - 1));
    assertThat(later()).isEqualTo(Sha256.of(file));
    assertThat(Files.readString(entry)).as("it is written anew").isEqualTo(line);
    Files.write(entry, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(later()).isEqualTo(Sha256.of(file));
  }

  @Test
  void aPlaceThatIsGoneCostsOnlyTime() throws IOException {
    Files.delete(hashes);
    assertThat(later()).isEqualTo(Sha256.of(file));
    assertThat(hashes).doesNotExist();
  }

  @Test
  void aSmallFileIsReadEachTime() throws IOException {
    Files.write(file, new byte[SIZE - 1]);
    assertThat(later()).isEqualTo(Sha256.of(file));
    assertThat(entries()).isEmpty();
  }
}
