package dev.secateur.natives;

import dev.failsafe.RetryPolicy;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.retry.Retries;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Files over HTTP into a folder: under a temporary name, from which a later attempt resumes, forced
 * to disk, checked and renamed.
 */
public final class Download {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int ATTEMPTS = 4;
  private static final int BUFFER = 1 << 18;

  private static final RetryPolicy<Object> RETRYING =
      RetryPolicy.builder()
          .handle(IOException.class)
          .abortOn(FileNotFoundException.class)
          .abortOn(Download::isUnreachable)
          .withMaxAttempts(ATTEMPTS)
          .build();

  private final Path folder;
  private final ProgressListener progress;

  /** Is told of each part that has come. */
  public interface ProgressListener {
    /**
     * @param all bytes of the file, zero where the server does not say
     */
    void received(String file, long done, long all);
  }

  Download(Path folder, ProgressListener progress) {
    this.folder = folder;
    this.progress = progress;
  }

  /** Whether a failure says that the server can't be reached at all. */
  static boolean isUnreachable(Throwable failure) {
    return failure instanceof UnknownHostException
        || failure instanceof ConnectException
        || failure instanceof NoRouteToHostException
        || failure instanceof SocketTimeoutException;
  }

  /**
   * Downloads a file, where it is not there yet.
   *
   * @param sha256 what it must have, where that is known
   * @throws FileNotFoundException when the server has no such file
   */
  Path fetch(URI address, String name, Optional<String> sha256) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(name);
    if (Files.isRegularFile(file)) {
      return file;
    }
    Path part = folder.resolve(name + ".part");
    try {
      Retries.call(
          RETRYING,
          context -> {
            append(address, name, part);
            return null;
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while downloading", e);
    }
    check(address, part, sha256);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    return file;
  }

  /** Fails where a server can't be reached; what it answers does not matter. */
  void reach(URI address) throws IOException {
    HttpURLConnection connection = open(address, 0);
    connection.setRequestMethod("HEAD");
    connection.getResponseCode();
    connection.disconnect();
  }

  private void append(URI address, String name, Path part) throws IOException {
    HttpURLConnection answer = open(address, Files.exists(part) ? Files.size(part) : 0);
    int status = answer.getResponseCode();
    if (status == 416) { // all of it is there
      return;
    } else if (status == 404) {
      throw new FileNotFoundException(address + ": no such file");
    } else if (status >= 300) {
      throw new IOException(address + ": the server answered " + status);
    }
    try (FileChannel channel =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.position(status == 206 ? channel.size() : 0);
      channel.truncate(channel.position());
      long rest = answer.getContentLengthLong();
      long all = rest < 0 ? 0 : channel.position() + rest;
      try (InputStream bytes = answer.getInputStream()) {
        copy(bytes, channel, name, all);
      }
      if (channel.position() < all) {
        throw new IOException(address + ": the connection ended early");
      }
      channel.force(true);
    }
  }

  private void copy(InputStream bytes, FileChannel channel, String name, long all)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
      ByteBuffer part = ByteBuffer.wrap(buffer, 0, count);
      while (part.hasRemaining()) {
        channel.write(part);
      }
      progress.received(name, channel.position(), all);
    }
  }

  private static HttpURLConnection open(URI address, long from) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setRequestProperty("User-Agent", "secateur");
    connection.setRequestProperty("Accept-Encoding", "identity");
    if (from > 0) {
      connection.setRequestProperty("Range", "bytes=" + from + "-");
    }
    return connection;
  }

  private static void check(URI address, Path part, Optional<String> sha256) throws IOException {
    if (sha256.isPresent() && !Sha256.of(part).equals(sha256.get())) {
      Files.delete(part);
      throw new IOException(
          address
              + ": the downloaded file does not have the SHA-256 "
              + sha256.get()
              + "; it was removed");
    }
  }
}
