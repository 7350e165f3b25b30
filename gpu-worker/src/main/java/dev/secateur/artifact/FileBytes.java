package dev.secateur.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** The rest of a file as the body of a request, with known length. */
final class FileBytes {
  private FileBytes() {}

  static BodyPublisher from(Path file, long start) throws IOException {
    long length = Files.size(file) - start;
    return length <= 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(() -> opened(file, start)), length);
  }

  private static InputStream opened(Path file, long start) {
    try {
      return Channels.newInputStream(FileChannel.open(file).position(start));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
