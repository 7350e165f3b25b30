package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpHeader;
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

  private final Function<String, Optional<String>> owners;

  /**
   * @param tokens who may use the API; nobody shows who they are where absent
   */
  Askers(Optional<Tokens> tokens) {
    this.owners = tokens.map(Askers::owners).orElse(token -> Optional.empty());
  }

  private static Function<String, Optional<String>> owners(Tokens tokens) {
    return tokens::owner;
  }

  Route asked(Function<Submission.Asked, Route> inner) {
    return extractRequest(request -> inner.apply(asked(request)));
  }

  private Submission.Asked asked(HttpRequest request) {
    return new Submission.Asked(
        header(request, COMMAND)
            .map(text -> Queries.percentDecoded(COMMAND, text))
            .orElseGet(() -> line(request)),
        header(request, "User-Agent").orElse(""),
        owner(request));
  }

  private static Optional<String> header(HttpRequest request, String name) {
    return request.getHeader(name).map(HttpHeader::value);
  }

  private String owner(HttpRequest request) {
    return request
        .getHeader(Authorization.class)
        .map(given -> given.credentials().token())
        .flatMap(owners)
        .orElse("");
  }

  private static String line(HttpRequest request) {
    String query = request.getUri().rawQueryString().map(text -> "?" + text).orElse("");
    return request.method().value() + " " + request.getUri().getPathString() + query;
  }
}
