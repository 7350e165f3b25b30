package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.headers.Authorization;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import java.util.Optional;
import java.util.function.Function;

/** The authors of requests for sweeps, as results report them. */
public final class Askers extends AllDirectives {
  /** The header in which a client says what its author typed, percent-encoded. */
  public static final String COMMAND = "Secateur-Command";

  private final Optional<Tokens> tokens;

  /**
   * @param tokens who may use the API; nobody shows who they are where absent
   */
  Askers(Optional<Tokens> tokens) {
    this.tokens = tokens;
  }

  Route asked(Function<SweepService.Asked, Route> inner) {
    return extractRequest(
        request ->
            optionalHeaderValueByName(
                COMMAND,
                command ->
                    optionalHeaderValueByName(
                        "User-Agent",
                        client ->
                            inner.apply(
                                new SweepService.Asked(
                                    command
                                        .map(text -> Queries.percentDecoded(COMMAND, text))
                                        .orElseGet(() -> line(request)),
                                    client.orElse(""),
                                    owner(request))))));
  }

  private String owner(HttpRequest request) {
    return request
        .getHeader(Authorization.class)
        .map(given -> given.credentials().token())
        .flatMap(token -> tokens.flatMap(known -> known.owner(token)))
        .orElse("");
  }

  private static String line(HttpRequest request) {
    String query = request.getUri().rawQueryString().map(text -> "?" + text).orElse("");
    return request.method().value() + " " + request.getUri().getPathString() + query;
  }
}
