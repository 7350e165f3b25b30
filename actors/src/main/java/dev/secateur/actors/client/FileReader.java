package dev.secateur.actors.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/**
 * Reads a file from the API into a local file, starting where that ends. If a connection breaks, it
 * resumes after the last byte, at the next address. Each byte that arrives extends the time limit.
 */
final class FileReader {
  private static final int BUFFER = 1 << 16;

  private final String path;
  private final long size;
  private final ApiClient.Arriving arriving;

  /**
   * @param size of the whole file
   * @param arriving told of bytes as they come
   */
  FileReader(String path, long size, ApiClient.Arriving arriving) {
    this.path = path;
    this.size = size;
    this.arriving = arriving;
  }

  /**
   * @param there bytes that {@code into} has already
   * @throws IOException when nothing more comes for as long as a client is patient
   */
  void read(Exchange exchange, long there, OutputStream into)
      throws IOException, InterruptedException {
    long patience = exchange.times().patience().toNanos();
    long end = System.nanoTime() + patience;
    long done = there;
    while (done < size) {
      Exchange.Opened answer = exchange.open(request(done));
      long before = done;
      IOException failure;
      try (InputStream body = answer.body()) {
        done = copied(body, done, into);
        failure = new IOException("it ended after " + done + " of " + size + " bytes");
      } catch (Broken e) {
        done = e.done;
        failure = (IOException) e.getCause();
      }
      if (done == size) {
        return;
      }
      end = done > before ? System.nanoTime() + patience : end;
      if (System.nanoTime() > end) {
        throw new IOException(
            answer.address() + path + ": the connection broke: " + failure.getMessage(), failure);
      }
      exchange.leave(answer.address());
      Thread.sleep(exchange.times().pause().toMillis());
    }
  }

  private ApiRequest request(long from) {
    ApiRequest request = ApiRequest.get(path, Map.of());
    return from == 0 ? request : request.with(Map.of("Range", "bytes=" + from + "-"));
  }

  /** That reading, not writing, failed, after this many bytes. */
  private static final class Broken extends IOException {
    private static final long serialVersionUID = 1L;
    private final long done;

    private Broken(long done, IOException cause) {
      super(cause);
      this.done = done;
    }
  }

  private long copied(InputStream body, long from, OutputStream into)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[BUFFER];
    long done = from;
    while (done < size) {
      int count;
      try {
        count = body.read(buffer, 0, (int) Math.min(buffer.length, size - done));
      } catch (IOException e) {
        throw new Broken(done, e);
      }
      if (count < 0) {
        return done;
      }
      into.write(buffer, 0, count);
      done += count;
      arriving.arrived(count);
    }
    return done;
  }
}
