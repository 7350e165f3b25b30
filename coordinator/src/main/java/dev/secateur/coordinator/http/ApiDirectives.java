package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** What all routes of the API have in common: unknown parameters are refused. */
class ApiDirectives extends AllDirectives {
  /**
   * Passes the query's parameters on; of one that is given several times, the last.
   *
   * @param known the names that are allowed
   */
  final Route query(List<String> known, Function<Map<String, String>, Route> inner) {
    return parameterMap(
        given -> {
          Queries.check(given.keySet(), known);
          return inner.apply(given);
        });
  }

  /** Allows these parameters, which others read. */
  final Route only(List<String> known, Supplier<Route> inner) {
    return query(known, given -> inner.get());
  }

  /** Allows no parameter. */
  final Route none(Supplier<Route> inner) {
    return only(List.of(), inner);
  }

  /** Passes on the one parameter that is allowed, which has to be given. */
  final Route onlyRequired(String name, Function<String, Route> inner) {
    return only(List.of(name), () -> parameter(name, inner));
  }

  /** Passes on the one parameter that is allowed. */
  final Route onlyOptional(String name, Function<Optional<String>, Route> inner) {
    return only(List.of(name), () -> parameterOptional(name, inner));
  }

  final <T> Route answer(CompletionStage<T> stage, Function<T, HttpResponse> response) {
    return completeWithFuture(stage.thenApply(response));
  }

  static Optional<String> optional(Map<String, String> given, String name) {
    return Optional.ofNullable(given.get(name));
  }

  static CompletionStage<HttpResponse> now(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
