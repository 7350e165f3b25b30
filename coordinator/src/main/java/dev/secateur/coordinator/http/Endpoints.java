package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Finds the operation for a request. */
final class Endpoints extends AllDirectives {
  private final List<Endpoint> all;

  Endpoints(List<Endpoint> all) {
    this.all = List.copyOf(all);
  }

  /**
   * The route of all of them.
   *
   * @param guard lets those in that an endpoint answers
   */
  Route route(BiFunction<Endpoint, Endpoint.Call, Route> guard) {
    return extractRequest(request -> route(segments(request), guard));
  }

  private static List<String> segments(HttpRequest request) {
    List<String> segments = new ArrayList<>();
    request.getUri().pathSegments().forEach(segments::add);
    return segments;
  }

  private Route route(List<String> path, BiFunction<Endpoint, Endpoint.Call, Route> guard) {
    return at(path).stream()
        .map(each -> method(each.method(), () -> guard.apply(each, each.call(path).orElseThrow())))
        .reduce(this::concat)
        .orElseGet(this::reject);
  }

  /** Those that a path may mean: of those that match, the most exact. */
  private List<Endpoint> at(List<String> path) {
    List<Endpoint> matching = all.stream().filter(each -> each.call(path).isPresent()).toList();
    int fewest = matching.stream().mapToInt(Endpoint::names).min().orElse(0);
    return matching.stream().filter(each -> each.names() == fewest).toList();
  }
}
