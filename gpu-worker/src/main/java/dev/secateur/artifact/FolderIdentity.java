package dev.secateur.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A random name that a folder of artifacts keeps in a file. It identifies workers that share one
 * folder, on one machine or through a network mount.
 */
public final class FolderIdentity {
  private static final String FILE = ".folder";

  private FolderIdentity() {}

  /** Given where the folder has none yet; blocks. */
  public static synchronized String of(Path root) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            root.resolve(FILE),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      channel.lock(); // until the file is closed
      String said = new String(Channels.newInputStream(channel).readAllBytes(), UTF_8).strip();
      if (!said.isEmpty()) {
        return said;
      }
      String name = UUID.randomUUID().toString();
      channel.write(ByteBuffer.wrap((name + "\n").getBytes(UTF_8)), 0);
      return name;
    }
  }
}
