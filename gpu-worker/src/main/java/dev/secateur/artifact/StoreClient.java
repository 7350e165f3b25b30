package dev.secateur.artifact;

import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** Speaks to a coordinator's store of artifacts. Blocks, so not for an actor's thread. */
public final class StoreClient {
  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(30);
  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;

  private final HttpClient http;
  private final StoreAccess access;

  public StoreClient(HttpClient http, StoreAccess access) {
    this.http = http;
    this.access = access;
  }

  /**
   * Takes an artifact from the store into a local one, if it is there and arrives whole.
   *
   * @param relay whether the store may ask others like itself for it
   * @throws StoreAwayException when the store does not send it now
   * @throws IOException when it can't be kept here
   */
  public Optional<Artifact> fetch(StageKey key, ArtifactStore into, boolean relay)
      throws IOException {
    HttpResponse<InputStream> answer = send(request(key, "?relay=" + relay).GET());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      check(answer.statusCode(), body);
      return Optional.of(into.unpack(key, new Arriving(body)));
    } catch (InputException e) {
      return Optional.empty(); // what arrives damaged is as good as missing
    } catch (EOFException e) {
      throw away(e);
    }
  }

  /**
   * Puts an artifact into the store, where that does not have the very same.
   *
   * @param verify whether the store is to look whether its own is still whole
   * @param relay whether the store is to pass it on to others like itself
   * @throws InputException when the store will never take it
   * @throws StoreAwayException when it can't now
   * @throws IOException when the artifact can't be read here
   */
  public void put(Artifact artifact, ArtifactStore from, boolean verify, boolean relay)
      throws IOException {
    StageKey key = artifact.ref().key();
    if (has(key, from, verify)) {
      return;
    }
    HttpResponse<InputStream> answer =
        send(
            request(key, "?relay=" + relay)
                .header("Content-Type", "application/zip")
                .PUT(BodyPublishers.ofInputStream(() -> packed(key, from))));
    try (InputStream body = answer.body()) {
      check(answer.statusCode(), body);
    }
  }

  private boolean has(StageKey key, ArtifactStore own, boolean verify) throws IOException {
    HttpResponse<InputStream> answer = send(request(key, "/manifest?verify=" + verify).GET());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() == NOT_FOUND) {
        return false;
      }
      check(answer.statusCode(), body);
      byte[] there = body.readAllBytes();
      return own.manifest(key).filter(here -> Arrays.equals(here, there)).isPresent();
    }
  }

  /** The archive as it is written; made on a thread of its own, which ends with its reader. */
  private static InputStream packed(StageKey key, ArtifactStore from) {
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

  private void check(int status, InputStream body) throws IOException {
    if (status < 300) {
      return;
    }
    String problem =
        "the coordinator's store at "
            + access.url()
            + " answers "
            + status
            + ": "
            + new String(body.readNBytes(1000), StandardCharsets.UTF_8).strip();
    if (status == TOO_LARGE) {
      throw new InputException(problem + "; see secateur.artifacts.most-bytes");
    }
    throw new StoreAwayException(problem);
  }

  private HttpRequest.Builder request(StageKey key, String rest) {
    return HttpRequest.newBuilder(
            URI.create(access.url() + "/api/v1/artifacts/" + key.value() + rest))
        .header("Authorization", "Bearer " + access.pass())
        .timeout(ANSWER_WITHIN);
  }

  private HttpResponse<InputStream> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.build(), BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      throw away(e);
    }
  }

  private StoreAwayException away(IOException e) {
    return new StoreAwayException(
        "the coordinator's store at " + access.url() + " can't be reached: " + FailureReason.of(e),
        e);
  }

  /** What comes from the store, so that its failures are told apart from those of this disk. */
  private final class Arriving extends FilterInputStream {
    Arriving(InputStream body) {
      super(body);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (IOException e) {
        throw away(e);
      }
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return super.read(into, offset, length);
      } catch (IOException e) {
        throw away(e);
      }
    }
  }
}
