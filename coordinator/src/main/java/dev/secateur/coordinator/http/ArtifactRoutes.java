package dev.secateur.coordinator.http;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.RequestEntity;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.StreamConverters;
import akka.util.ByteString;
import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.slf4j.LoggerFactory;

/**
 * Artifacts in and out, each as one stream that is never held in memory. Writing needs the pass
 * that the coordinator gives its workers.
 */
public final class ArtifactRoutes extends AllDirectives {
  private static final Duration STALL = Duration.ofSeconds(60);

  private final ArtifactShelf shelf;
  private final byte[] pass;
  private final Executor blocking;
  private final long mostBytes;

  /**
   * @param pass a bearer token for artifacts alone
   * @param blocking where files are read and written
   * @param mostBytes the largest artifact
   */
  public ArtifactRoutes(ArtifactShelf shelf, String pass, Executor blocking, long mostBytes) {
    this.shelf = shelf;
    this.pass = pass.getBytes(StandardCharsets.UTF_8);
    this.blocking = blocking;
    this.mostBytes = mostBytes;
  }

  /** Whether a bearer token is the workers' pass; takes as long for every token. */
  boolean isPass(String token) {
    return MessageDigest.isEqual(pass, token.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @param mayWrite whether whoever asks has the pass
   */
  Route routes(boolean mayWrite) {
    return pathPrefix(
        PathMatchers.segment(),
        name ->
            flag(
                "relay",
                relay -> {
                  StageKey key = key(name);
                  return concat(
                      path(
                          "manifest",
                          () -> get(() -> flag("verify", v -> manifest(key, v, relay)))),
                      pathEnd(
                          () ->
                              concat(
                                  get(() -> send(key, relay)),
                                  put(() -> mayWrite ? take(key, relay) : forbidden()))));
                }));
  }

  private Route flag(String name, Function<Boolean, Route> inner) {
    return parameterOptional(name, given -> inner.apply(Queries.flag(name, given, false)));
  }

  /** A name that leads nowhere but to an artifact. */
  private static StageKey key(String name) {
    if (!name.matches("[0-9a-f]{40}")) {
      throw new InputException("'" + OneLine.of(name, 100) + "' is no key of an artifact");
    }
    return new StageKey(name);
  }

  private Route manifest(StageKey key, boolean verify, boolean relay) {
    return answer(
        () ->
            shelf
                .manifest(key, verify, relay)
                .map(
                    content ->
                        HttpResponse.create()
                            .withEntity(
                                HttpEntities.create(ContentTypes.APPLICATION_JSON, content)))
                .orElseGet(() -> missing(key)));
  }

  private Route send(StageKey key, boolean relay) {
    return answer(() -> shelf.obtain(key, relay) ? packed(key) : missing(key));
  }

  private HttpResponse packed(StageKey key) {
    Source<ByteString, ?> content =
        StreamConverters.asOutputStream(STALL)
            .mapMaterializedValue(
                out -> {
                  blocking.execute(() -> pack(key, out));
                  return out;
                });
    return HttpResponse.create()
        .withEntity(
            HttpEntities.createChunked(MediaTypes.APPLICATION_ZIP.toContentType(), content));
  }

  private void pack(StageKey key, OutputStream into) {
    try (into) {
      shelf.pack(key, into);
    } catch (IOException e) {
      // Whoever reads it misses the rest, and knows by the hashes.
      LoggerFactory.getLogger(ArtifactRoutes.class)
          .warn("artifact {} could not be sent: {}", key.brief(), FailureReason.of(e));
    }
  }

  private Route take(StageKey key, boolean relay) {
    return extractMaterializer(
        materializer ->
            extractRequestEntity(entity -> answer(() -> taken(key, entity, relay, materializer))));
  }

  private HttpResponse taken(
      StageKey key, RequestEntity entity, boolean relay, Materializer materializer)
      throws IOException {
    try (InputStream content =
        new Bodies.Limited(
            entity
                .withoutSizeLimit()
                .getDataBytes()
                .runWith(StreamConverters.asInputStream(STALL), materializer),
            mostBytes)) {
      shelf.take(key, content, relay);
      return Answers.text(StatusCodes.CREATED, "");
    } catch (Bodies.TooLarge e) {
      return Answers.problems(
          StatusCodes.CONTENT_TOO_LARGE, "an artifact has at most " + mostBytes + " bytes here");
    }
  }

  private Route answer(Callable<HttpResponse> work) {
    return completeWithFuture(
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return work.call();
              } catch (IOException e) {
                LoggerFactory.getLogger(ArtifactRoutes.class).warn("an artifact can't be kept", e);
                return Answers.problems(StatusCodes.SERVICE_UNAVAILABLE, FailureReason.of(e));
              } catch (Exception e) {
                return Answers.failed(e);
              }
            },
            blocking));
  }

  private static HttpResponse missing(StageKey key) {
    return Answers.problems(StatusCodes.NOT_FOUND, "no artifact " + key.value());
  }

  private Route forbidden() {
    return complete(
        Answers.problems(StatusCodes.FORBIDDEN, "only the cluster's workers write artifacts"));
  }
}
