package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.RequestEntity;
import akka.http.javadsl.model.StatusCodes;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.LoggerFactory;

/**
 * Artifacts in and out, each as one stream that is never held in memory. Writing needs the pass
 * that the coordinator gives its workers.
 */
public final class ArtifactRoutes extends ApiDirectives {
  private static final Duration STALL = Duration.ofSeconds(60);

  private final ArtifactRepository repository;
  private final ArtifactRelay relays = new ArtifactRelay();
  private final KeptRoutes kept;
  private final ArtifactPlaces places;
  private final byte[] pass;
  private final Executor blocking;
  private final long mostBytes;

  /**
   * @param keepers workers' nodes, for what stays with them
   * @param pass a bearer token for artifacts alone
   * @param blocking where files are read and written
   * @param mostBytes the largest artifact
   */
  public ArtifactRoutes(
      ArtifactRepository repository,
      ArtifactKeepers keepers,
      String pass,
      Executor blocking,
      long mostBytes) {
    this.repository = repository;
    this.kept = new KeptRoutes(repository, keepers, relays);
    this.places = new ArtifactPlaces(repository, keepers);
    this.pass = pass.getBytes(StandardCharsets.UTF_8);
    this.blocking = blocking;
    this.mostBytes = mostBytes;
  }

  /** Whether a bearer token is the workers' pass; takes as long for every token. */
  boolean isPass(String token) {
    return MessageDigest.isEqual(pass, token.getBytes(StandardCharsets.UTF_8));
  }

  /** Where the artifacts of trials are. */
  ArtifactPlaces places() {
    return places;
  }

  /** Reading has time-outs of its own, and what is large may take long to be checked and kept. */
  List<Endpoint> endpoints() {
    return List.of(
        of(HttpMethods.GET, "", (key, call) -> flag("relay", true, o -> send(key, o, call))),
        of(HttpMethods.PUT, "", (key, call) -> flag("relay", false, o -> take(key, o, call))),
        of(HttpMethods.GET, "/manifest", (key, call) -> manifest(key)),
        of(
            HttpMethods.GET,
            "/files/{name*}",
            (key, call) -> flag("relay", true, o -> file(key, call.get("name"), o))),
        of(HttpMethods.PUT, "/relay/{ticket}", this::relayed));
  }

  private Endpoint of(
      HttpMethod method, String below, BiFunction<StageKey, Endpoint.Call, Route> what) {
    return Endpoint.artifacts(
        method,
        "/{key}" + below,
        call -> withoutRequestTimeout(() -> what.apply(key(call.get("key")), call)));
  }

  private Route flag(String name, boolean otherwise, Function<Boolean, Route> inner) {
    return parameterOptional(name, given -> inner.apply(Queries.flag(name, given, otherwise)));
  }

  /** A name that leads nowhere but to an artifact. */
  private static StageKey key(String name) {
    if (!name.matches("[0-9a-f]{40}")) {
      throw new InputException("'" + OneLine.of(name, 100) + "' is not the key of an artifact");
    }
    return new StageKey(name);
  }

  /**
   * With {@code verify}, only artifacts that are stored safely count; otherwise all readable ones.
   */
  private Route manifest(StageKey key) {
    return parameterOptional(
        "verify", verify -> flag("relay", verify.isEmpty(), o -> manifest(key, verify, o)));
  }

  private Route manifest(StageKey key, Optional<String> verify, boolean others) {
    return answer(
        () -> {
          Optional<Boolean> whole = verify.map(given -> Queries.flag("verify", verify, false));
          return now(described(key, whole, others));
        });
  }

  private HttpResponse described(StageKey key, Optional<Boolean> verify, boolean others)
      throws IOException {
    Optional<byte[]> stored =
        verify.isPresent()
            ? repository.manifest(key, verify.get(), others)
            : repository.described(key, others);
    if (stored.isPresent()) {
      return Responses.json(stored.get());
    }
    return others ? kept.manifest(key, verify.orElse(false)) : KeptRoutes.missing(key);
  }

  private Route send(StageKey key, boolean others, Endpoint.Call call) {
    return answer(
        () -> {
          if (repository.obtain(key, others)) {
            return now(packed(key));
          }
          return others ? kept.archive(key, call.isWorker()) : now(KeptRoutes.missing(key));
        });
  }

  private Route file(StageKey key, String name, boolean others) {
    return optionalHeaderValueByName(
        "Range", range -> answer(() -> kept.file(key, name, range, others)));
  }

  private Route relayed(StageKey key, Endpoint.Call call) {
    return call.isWorker()
        ? extractRequestEntity(
            entity -> completeWithFuture(relays.arrived(key, call.get("ticket"), entity)))
        : forbidden();
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
      repository.pack(key, into);
    } catch (IOException e) {
      // The reader misses the rest, and notices it by the hashes.
      LoggerFactory.getLogger(ArtifactRoutes.class)
          .warn("artifact {} could not be sent: {}", key.brief(), FailureReason.of(e));
    }
  }

  private Route take(StageKey key, boolean relay, Endpoint.Call call) {
    return call.isWorker()
        ? extractMaterializer(
            materializer -> extractRequestEntity(entity -> take(key, entity, relay, materializer)))
        : forbidden();
  }

  private Route take(StageKey key, RequestEntity entity, boolean relay, Materializer materializer) {
    return answer(() -> now(taken(key, entity, relay, materializer)));
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
      takeAll(key, content, relay);
      return Responses.text(StatusCodes.CREATED, "");
    } catch (Bodies.TooLarge e) {
      return Responses.problems(
          StatusCodes.CONTENT_TOO_LARGE, "an artifact has at most " + mostBytes + " bytes here");
    }
  }

  /** A client that is still sending would miss the answer. */
  private void takeAll(StageKey key, InputStream content, boolean relay) throws IOException {
    try {
      repository.take(key, content, relay);
    } catch (IOException e) {
      content.transferTo(OutputStream.nullOutputStream());
      throw e;
    }
  }

  private Route answer(Callable<CompletionStage<HttpResponse>> work) {
    return completeWithFuture(
        CompletableFuture.supplyAsync(() -> answered(work), blocking)
            .thenCompose(response -> response));
  }

  private static CompletionStage<HttpResponse> answered(
      Callable<CompletionStage<HttpResponse>> work) {
    try {
      return work.call();
    } catch (StoreFullException e) {
      return now(Responses.problems(StatusCodes.INSUFFICIENT_STORAGE, e.getMessage()));
    } catch (IOException e) {
      LoggerFactory.getLogger(ArtifactRoutes.class).warn("an artifact can't be stored or sent", e);
      return now(Responses.problems(StatusCodes.SERVICE_UNAVAILABLE, FailureReason.of(e)));
    } catch (Exception e) {
      return now(Responses.failed(e));
    }
  }

  private Route forbidden() {
    return complete(
        Responses.problems(StatusCodes.FORBIDDEN, "only the cluster's workers write artifacts"));
  }
}
