package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.AllDirectives;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.protocol.CoordinatorProtocol.Sweeps;
import dev.secateur.protocol.CoordinatorProtocol.Workers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What monitors ask a node: whether it is healthy and ready, its metrics, and its API. */
final class StatusRoutes extends AllDirectives {
  private final SweepService service;
  private final Metrics metrics;
  private final DiskRoutes disk;

  StatusRoutes(SweepService service, Metrics metrics, DiskRoutes disk) {
    this.service = service;
    this.metrics = metrics;
    this.disk = disk;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.open("/health", call -> complete(Responses.text(StatusCodes.OK, "ok\n"))),
        Endpoint.open("/ready", call -> completeWithFuture(ready())),
        Endpoint.open("/openapi.yaml", call -> complete(description())),
        new Endpoint(
            HttpMethods.GET,
            "/metrics",
            Endpoint.Access.CLIENTS,
            call -> completeWithFuture(metrics())));
  }

  private CompletionStage<HttpResponse> ready() {
    return service
        .ready()
        .thenCombine(disk.journalProblem(), StatusRoutes::problem)
        .thenCombine(disk.soonUse(), StatusRoutes::readiness);
  }

  /** Why a node is not ready. */
  private static Optional<String> problem(boolean isReady, String journalProblem) {
    if (!journalProblem.isEmpty()) {
      return Optional.of("the journal can't be written to: " + journalProblem);
    }
    return isReady ? Optional.empty() : Optional.of("no active coordinator answers");
  }

  private static HttpResponse readiness(Optional<String> problem, List<DiskUse> use) {
    return problem
        .map(why -> Responses.problems(StatusCodes.SERVICE_UNAVAILABLE, why))
        .orElseGet(() -> Responses.text(StatusCodes.OK, "ready\n" + lines(use)));
  }

  private static String lines(List<DiskUse> use) {
    StringBuilder lines = new StringBuilder();
    for (DiskUse place : use) {
      lines.append(place.place()).append(": ").append(place.used() >> 20).append(" MiB used");
      place.left().ifPresent(bytes -> lines.append(", ").append(bytes >> 20).append(" MiB left"));
      lines.append('\n');
    }
    return lines.toString();
  }

  private CompletionStage<HttpResponse> metrics() {
    return service
        .sweeps()
        .thenCombine(service.workers(), this::scraped)
        .thenCompose(scraped -> scraped)
        .thenApply(text -> Responses.text(StatusCodes.OK, text));
  }

  private CompletionStage<String> scraped(Sweeps sweeps, Workers workers) {
    return disk.soonUse().thenApply(use -> metrics.scrape(sweeps.sweeps(), workers.workers(), use));
  }

  private static HttpResponse description() {
    try (InputStream file = HttpApi.class.getResourceAsStream("openapi.yaml")) {
      return Responses.text(
          StatusCodes.OK, new String(file.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
