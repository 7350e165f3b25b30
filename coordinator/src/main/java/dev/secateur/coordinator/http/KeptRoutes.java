package dev.secateur.coordinator.http;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.ResponseEntity;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.javadsl.FileIO;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.StreamConverters;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.config.OneLine;
import dev.secateur.coordinator.http.ArtifactKeepers.Kept;
import dev.secateur.coordinator.http.ArtifactKeepers.Nowhere;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers with artifacts from wherever they are kept: this coordinator's disk, the database,
 * another coordinator, or the worker that made them. Blocks.
 */
final class KeptRoutes {
  /** The header that names the worker that keeps what no store has. */
  private static final String KEPT_BY = "Secateur-Kept-By";

  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-");
  private static final String MANIFEST = "artifact.json";
  private static final int LONGEST = 200;

  private final ArtifactRepository repository;
  private final ArtifactKeepers keepers;
  private final ArtifactRelay relay;

  KeptRoutes(ArtifactRepository repository, ArtifactKeepers keepers, ArtifactRelay relay) {
    this.repository = repository;
    this.keepers = keepers;
    this.relay = relay;
  }

  /**
   * A manifest that no store has: of the worker that keeps the artifact.
   *
   * @param verify whether only an artifact counts that is whole
   */
  HttpResponse manifest(StageKey key, boolean verify) {
    return keepers.find(key) instanceof Kept kept && (!verify || kept.isWhole())
        ? Responses.json(kept.manifest()).addHeader(RawHeader.create(KEPT_BY, plain(kept.worker())))
        : missing(key);
  }

  /** An artifact as an archive, which no store has. */
  CompletionStage<HttpResponse> archive(StageKey key, boolean isWorker) {
    return kept(
        key,
        isWorker,
        kept ->
            sent(
                key,
                kept,
                new ArtifactContent.Archive(),
                bytes ->
                    HttpResponse.create()
                        .withEntity(
                            HttpEntities.createChunked(
                                MediaTypes.APPLICATION_ZIP.toContentType(), bytes))));
  }

  /**
   * A file of an artifact.
   *
   * @param range the request's header
   */
  CompletionStage<HttpResponse> file(
      StageKey key, String name, Optional<String> range, boolean others) throws IOException {
    long from = range.map(KeptRoutes::start).orElse(0L);
    Optional<Path> here = repository.file(key, name);
    if (here.isPresent()) {
      long size = here.get().toFile().length();
      return now(answer(size, from, range, () -> FileIO.fromPath(here.get(), 1 << 16, from)));
    }
    Optional<byte[]> manifest = others ? repository.described(key, true) : Optional.empty();
    if (manifest.isPresent()) {
      Optional<Long> size = size(manifest.get(), name);
      if (size.isEmpty()) {
        return now(noFile(key, name));
      } else if (range.isPresent() && from >= size.get()) {
        return now(beyond(size.get(), from));
      }
      if (from == size.get()) { // of nothing, nothing is opened that nobody would read
        return now(answer(size.get(), from, range, Source::empty));
      }
      Optional<InputStream> bytes = repository.elsewhere(key, name, from);
      if (bytes.isPresent()) {
        return now(
            answer(
                size.get(),
                from,
                range,
                () -> StreamConverters.fromInputStream(() -> bytes.get(), 1 << 16)));
      }
    }
    return others
        ? kept(key, false, keeper -> ofKeeper(key, name, range, from, keeper))
        : now(missing(key));
  }

  private CompletionStage<HttpResponse> ofKeeper(
      StageKey key, String name, Optional<String> range, long from, Kept kept) {
    Optional<Long> size = size(kept.manifest(), name);
    if (size.isEmpty()) {
      return now(noFile(key, name));
    } else if (range.isPresent() && from >= size.get()) {
      return now(beyond(size.get(), from));
    } else if (name.equals(MANIFEST)) {
      return now(Responses.json(kept.manifest()));
    }
    return sent(
        key,
        kept,
        new ArtifactContent.File(name, from),
        bytes -> answer(size.get(), from, range, () -> bytes));
  }

  /** From the worker that keeps it; where one does not answer, it may be the one that does. */
  private CompletionStage<HttpResponse> kept(
      StageKey key, boolean isWorker, Function<Kept, CompletionStage<HttpResponse>> then) {
    ArtifactKeepers.Found found = keepers.find(key);
    if (found instanceof Kept kept) {
      return then.apply(kept);
    }
    return now(
        found instanceof Nowhere none && none.all() && (none.settled() || !isWorker)
            ? missing(key)
            : later("artifact " + key.brief() + ": not all workers say whether they keep it"));
  }

  private CompletionStage<HttpResponse> sent(
      StageKey key,
      Kept kept,
      ArtifactContent content,
      Function<Source<ByteString, ?>, HttpResponse> answer) {
    ArtifactRelay.Ticket ticket = relay.expect(key);
    kept.send(content, ticket.name());
    return ticket
        .content()
        .handle(
            (bytes, late) ->
                late == null
                    ? answer.apply(bytes)
                    : later(
                        "worker "
                            + kept.worker()
                            + " keeps artifact "
                            + key.brief()
                            + ", but does not send it"));
  }

  /** Of a file's size, from a place on. */
  private static HttpResponse answer(
      long size, long from, Optional<String> range, Supplier<Source<ByteString, ?>> content) {
    if (range.isPresent() && from >= size) {
      return beyond(size, from);
    }
    ResponseEntity entity =
        from == size
            ? HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, new byte[0])
            : HttpEntities.create(
                ContentTypes.APPLICATION_OCTET_STREAM, size - from, erased(content.get()));
    HttpResponse whole = HttpResponse.create().withEntity(entity);
    return range.isEmpty()
        ? whole.addHeader(RawHeader.create("Accept-Ranges", "bytes"))
        : whole
            .withStatus(StatusCodes.PARTIAL_CONTENT)
            .addHeader(
                RawHeader.create("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size));
  }

  private static Source<ByteString, Object> erased(Source<ByteString, ?> content) {
    return content.mapMaterializedValue(value -> (Object) value);
  }

  private static HttpResponse beyond(long size, long from) {
    return Responses.problems(
            StatusCodes.RANGE_NOT_SATISFIABLE,
            "the file has " + size + " bytes, and none from " + from + " on")
        .addHeader(RawHeader.create("Content-Range", "bytes */" + size));
  }

  private static long start(String range) {
    Matcher asked = RANGE.matcher(range.strip());
    if (!asked.matches()) {
      throw new InputException(
          "Range is '" + OneLine.of(range, LONGEST) + "'; allowed is bytes=N-, from byte N on");
    }
    return Long.parseLong(asked.group(1));
  }

  /** A file's size, where the manifest names it. */
  private static Optional<Long> size(byte[] manifest, String name) {
    try {
      if (name.equals(MANIFEST)) {
        return Optional.of((long) manifest.length);
      }
      JsonNode file = Json.MAPPER.readTree(manifest).path("files").path(name);
      return file.isObject() ? Optional.of(file.path("bytes").asLong()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static HttpResponse missing(StageKey key) {
    return Responses.problems(StatusCodes.NOT_FOUND, "no artifact " + key.value());
  }

  private static HttpResponse noFile(StageKey key, String name) {
    return Responses.missing("artifact " + key.brief() + " has no file " + name);
  }

  private static HttpResponse later(String problem) {
    return Responses.problems(StatusCodes.SERVICE_UNAVAILABLE, OneLine.of(problem, LONGEST))
        .addHeader(RawHeader.create("Retry-After", "5"));
  }

  private static String plain(String name) {
    return name.replaceAll("[^ -~]", "?");
  }

  private static CompletionStage<HttpResponse> now(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
