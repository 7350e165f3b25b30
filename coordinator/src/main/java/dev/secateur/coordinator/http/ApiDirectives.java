package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepSummary;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/** Common parts of the API's routes. */
class ApiDirectives extends AllDirectives {
  private final SweepService service;
  private final Executor blocking;

  /**
   * @param blocking where files are read
   */
  ApiDirectives(SweepService service, Executor blocking) {
    this.service = service;
    this.blocking = blocking;
  }

  final SweepService service() {
    return service;
  }

  /** Refuses parameters that are not known. */
  final Route only(List<String> known, Supplier<Route> inner) {
    return parameterMap(
        given -> {
          Queries.check(given.keySet(), known);
          return inner.get();
        });
  }

  /** What is to be done with a sweep, where there is one of that id. */
  final Route onSweep(String id, Function<SweepSummary, CompletionStage<HttpResponse>> then) {
    return completeWithFuture(ofSweep(id, then));
  }

  /** Its result, once the other inputs have been read. */
  final CompletionStage<HttpResponse> ofSweep(
      String id, Function<SweepSummary, CompletionStage<HttpResponse>> then) {
    return service
        .sweep(new SweepId(id))
        .thenCompose(
            sweep -> sweep.map(then).orElseGet(() -> now(Responses.missing("no sweep " + id))));
  }

  /** What is to be done with a body of at most so many bytes. */
  final Route withBody(long mostBytes, Function<String, CompletionStage<HttpResponse>> then) {
    return extractMaterializer(
        materializer ->
            extractRequestEntity(
                entity ->
                    completeWithFuture(
                        Bodies.text(entity, mostBytes, materializer)
                            .thenCompose(
                                body ->
                                    body.map(then).orElseGet(() -> now(tooLarge(mostBytes)))))));
  }

  private static HttpResponse tooLarge(long mostBytes) {
    return Responses.problems(
        StatusCodes.CONTENT_TOO_LARGE, "a sweep has at most " + mostBytes + " bytes here");
  }

  final <T> CompletionStage<T> offThread(Supplier<CompletionStage<T>> work) {
    return CompletableFuture.supplyAsync(work, blocking).thenCompose(stage -> stage);
  }

  final <T> Route answer(CompletionStage<T> stage, Function<T, HttpResponse> response) {
    return completeWithFuture(stage.thenApply(response));
  }

  static CompletionStage<HttpResponse> now(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
