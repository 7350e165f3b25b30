package dev.secateur.artifact;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;

/** An artifact's archive as it is written. */
final class PackedBytes {
  private PackedBytes() {}

  /** Made on a thread of its own, which ends with its reader. */
  static InputStream of(StageKey key, ArtifactStore from) {
    PipedInputStream in = new PipedInputStream(1 << 16);
    try {
      PipedOutputStream out = new PipedOutputStream(in);
      Thread packer =
          new Thread(
              () -> {
                try (out) {
                  from.pack(key, out);
                } catch (IOException e) {
                  // the store misses the rest, and refuses it
                }
              },
              "pack " + key.brief());
      packer.setDaemon(true);
      packer.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return in;
  }
}
