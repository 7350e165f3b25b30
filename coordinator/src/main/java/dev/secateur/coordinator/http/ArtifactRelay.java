package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.RequestEntity;
import akka.http.javadsl.model.StatusCodes;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.secateur.protocol.StageKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Connects the reader of an artifact with the worker that keeps it, which has no open port: the
 * reader's answer waits under a ticket until the worker's request arrives with it, and the body of
 * that request becomes the answer. Nothing is stored on the way.
 */
final class ArtifactRelay {
  private static final Duration BEGINS_WITHIN = Duration.ofSeconds(20);

  private final Map<String, Awaited> awaited = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  private record Awaited(StageKey key, CompletableFuture<Source<ByteString, ?>> content) {}

  /**
   * What a reader waits for.
   *
   * @param content fails where the worker does not begin in time
   */
  record Ticket(String name, CompletableFuture<Source<ByteString, ?>> content) {}

  Ticket expect(StageKey key) {
    byte[] secret = new byte[16];
    random.nextBytes(secret);
    String name = HexFormat.of().formatHex(secret);
    CompletableFuture<Source<ByteString, ?>> content = new CompletableFuture<>();
    awaited.put(name, new Awaited(key, content));
    content
        .orTimeout(BEGINS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((source, late) -> awaited.remove(name));
    return new Ticket(name, content);
  }

  /** A worker's request; it is answered once its reader has all of it, or has gone. */
  CompletionStage<HttpResponse> arrived(StageKey key, String ticket, RequestEntity entity) {
    Awaited reader = awaited.get(ticket);
    if (reader == null || !reader.key().equals(key)) {
      return CompletableFuture.completedFuture(unwanted());
    }
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    Source<ByteString, ?> content =
        entity
            .withoutSizeLimit()
            .getDataBytes()
            .watchTermination(
                (before, end) -> {
                  end.whenComplete(
                      (done, failure) -> answer.complete(failure == null ? taken() : unwanted()));
                  return before;
                });
    if (!reader.content().complete(content)) {
      answer.complete(unwanted());
    }
    return answer;
  }

  private static HttpResponse taken() {
    return Responses.text(StatusCodes.OK, "");
  }

  private static HttpResponse unwanted() {
    return Responses.problems(StatusCodes.NOT_FOUND, "no reader waits for this artifact");
  }
}
