package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Route;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepSummary;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/** What the routes of sweeps have in common: a sweep that is not there is answered with 404. */
class SweepDirectives extends ApiDirectives {
  private final SweepService service;
  private final Executor blocking;

  /**
   * @param blocking where files are read
   */
  SweepDirectives(SweepService service, Executor blocking) {
    this.service = service;
    this.blocking = blocking;
  }

  final SweepService service() {
    return service;
  }

  /** What is to be done with a sweep, where there is one of that id. */
  final Route onSweep(String id, Function<SweepSummary, CompletionStage<HttpResponse>> then) {
    return completeWithFuture(ofSweep(id, then));
  }

  /** What is to be done with a sweep, where there is one of that id; takes no parameters. */
  final Route onSweepAlone(String id, Function<SweepSummary, CompletionStage<HttpResponse>> then) {
    return none(() -> onSweep(id, then));
  }

  /** What comes of it, once what stands beside it has been read. */
  final CompletionStage<HttpResponse> ofSweep(
      String id, Function<SweepSummary, CompletionStage<HttpResponse>> then) {
    SweepId sweep = new SweepId(id);
    return service
        .sweep(sweep)
        .thenCompose(found -> found.map(then).orElseGet(() -> now(Responses.noSweep(sweep))));
  }

  /** Reads something where files are read. */
  final <T> CompletionStage<T> reading(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, blocking);
  }

  /** Reads something where files are read, of which something else comes. */
  final <T> CompletionStage<T> offThread(Supplier<CompletionStage<T>> work) {
    return reading(work).thenCompose(stage -> stage);
  }
}
