package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.HttpCredentials;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import java.util.Optional;
import java.util.function.Predicate;

/** Lets those requests in that an endpoint answers, by the bearer token that they come with. */
final class AccessControl extends AllDirectives {
  private final Predicate<Optional<String>> isClient;
  private final Predicate<String> isPass;

  /**
   * @param tokens who may use the API; everybody where absent
   * @param isPass whether a token is the one of the cluster's workers
   */
  AccessControl(Optional<Tokens> tokens, Predicate<String> isPass) {
    this.isClient = tokens.map(AccessControl::known).orElse(token -> true);
    this.isPass = isPass;
  }

  private static Predicate<Optional<String>> known(Tokens tokens) {
    return token -> token.filter(tokens::accept).isPresent();
  }

  /** What an endpoint does, or 401. */
  Route admit(Endpoint endpoint, Endpoint.Call call) {
    return endpoint.access() == Endpoint.Access.ANYBODY
        ? endpoint.inner().apply(call)
        : extractCredentials(given -> admit(endpoint, call, given.flatMap(AccessControl::bearer)));
  }

  private Route admit(Endpoint endpoint, Endpoint.Call call, Optional<String> token) {
    if (endpoint.access() == Endpoint.Access.ARTIFACTS && token.filter(isPass).isPresent()) {
      return endpoint.inner().apply(call.byWorker());
    }
    return isClient.test(token) ? endpoint.inner().apply(call) : complete(unauthorized());
  }

  private static Optional<String> bearer(HttpCredentials credentials) {
    return credentials.scheme().equalsIgnoreCase("bearer")
        ? Optional.of(credentials.token())
        : Optional.empty();
  }

  private static HttpResponse unauthorized() {
    return Responses.problems(StatusCodes.UNAUTHORIZED, "a valid bearer token is required")
        .addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
  }
}
