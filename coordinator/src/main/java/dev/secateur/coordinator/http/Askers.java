package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import java.util.function.Function;

/** Who asks for a sweep, and how: what its results say of that. */
public final class Askers extends AllDirectives {
  /** The header in which a client says what its author typed, percent-encoded. */
  public static final String COMMAND = "Secateur-Command";

  Askers() {}

  Route asked(Function<SweepDesk.Asked, Route> inner) {
    return extractRequest(
        request ->
            optionalHeaderValueByName(
                COMMAND,
                command ->
                    optionalHeaderValueByName(
                        "User-Agent",
                        client ->
                            inner.apply(
                                new SweepDesk.Asked(
                                    command
                                        .map(text -> Queries.percentDecoded(COMMAND, text))
                                        .orElseGet(() -> line(request)),
                                    client.orElse(""))))));
  }

  private static String line(HttpRequest request) {
    String query = request.getUri().rawQueryString().map(text -> "?" + text).orElse("");
    return request.method().value() + " " + request.getUri().getPathString() + query;
  }
}
