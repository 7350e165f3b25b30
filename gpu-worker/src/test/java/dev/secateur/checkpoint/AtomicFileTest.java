package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private List<String> modes() throws IOException {
    List<String> modes = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        modes.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      }
    }
    return modes;
  }

  @Test
  void aSecretIsItsOwnersAloneFromBeforeItsFirstByte() throws Exception {
    List<String> before = new ArrayList<>();
    AtomicFile.writeSecret(
        folder.resolve("key"),
        channel -> {
          before.addAll(modes());
          AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[] {1, 2, 3}));
        });
    assertThat(before).containsExactly("rw-------");
    assertThat(modes()).containsExactly("rw-------");
    assertThat(Files.readAllBytes(folder.resolve("key"))).containsExactly(1, 2, 3);
  }

  @Test
  void aSecretTakesThePlaceOfAFileThatOthersCouldRead() throws Exception {
    Path file = Files.writeString(folder.resolve("tokens"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    AtomicFile.writeSecret(file, new byte[] {7});
    assertThat(modes()).containsExactly("rw-------");
  }
}
