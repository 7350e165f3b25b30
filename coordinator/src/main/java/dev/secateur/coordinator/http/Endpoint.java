package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.server.Route;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One operation of the API; {@code openapi.yaml} describes each.
 *
 * @param path from the root, with variables in braces; a final {@code {name*}} matches all that
 *     follows, slashes included
 * @param words those that a last name of the path may be; any where there are none
 * @param access whom it answers
 * @param inner what it does, given what the path names
 */
record Endpoint(
    HttpMethod method,
    String path,
    List<String> words,
    Access access,
    Function<Call, Route> inner) {
  /** Whom something answers. */
  enum Access {
    ANYBODY,
    /** Needs a token, if tokens are required. */
    CLIENTS,
    /** The same, and the cluster's workers by their pass, which alone may write. */
    ARTIFACTS
  }

  /**
   * What a request names in its path.
   *
   * @param isWorker whether it came with the workers' pass
   */
  record Call(Map<String, String> names, boolean isWorker) {
    String get(String name) {
      return names.get(name);
    }

    Call byWorker() {
      return new Call(names, true);
    }
  }

  private static final String V1 = "/api/v1";

  Endpoint(HttpMethod method, String path, Access access, Function<Call, Route> inner) {
    this(method, path, List.of(), access, inner);
  }

  static Endpoint open(String path, Function<Call, Route> inner) {
    return new Endpoint(HttpMethods.GET, path, Access.ANYBODY, inner);
  }

  /**
   * @param path below {@code /api/v1}
   */
  static Endpoint get(String path, Function<Call, Route> inner) {
    return new Endpoint(HttpMethods.GET, V1 + path, Access.CLIENTS, inner);
  }

  /**
   * @param path below {@code /api/v1}
   */
  static Endpoint post(String path, Function<Call, Route> inner) {
    return post(path, List.of(), inner);
  }

  /**
   * @param path below {@code /api/v1}
   * @param words what its last name may be
   */
  static Endpoint post(String path, List<String> words, Function<Call, Route> inner) {
    return new Endpoint(HttpMethods.POST, V1 + path, words, Access.CLIENTS, inner);
  }

  /**
   * @param path below that of artifacts
   */
  static Endpoint artifacts(HttpMethod method, String path, Function<Call, Route> inner) {
    return new Endpoint(method, V1 + "/artifacts" + path, Access.ARTIFACTS, inner);
  }

  /** How many names its path has: of two that match, the one with fewer is meant. */
  int names() {
    return (int) segments().stream().filter(Endpoint::isName).count();
  }

  /** What a request's path names, where it is this one's. */
  Optional<Call> call(List<String> given) {
    List<String> own = segments();
    boolean greedy = own.get(own.size() - 1).endsWith("*}");
    if (greedy ? given.size() < own.size() : given.size() != own.size()) {
      return Optional.empty();
    }
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < own.size(); i++) {
      boolean rest = greedy && i == own.size() - 1;
      String value = rest ? String.join("/", given.subList(i, given.size())) : given.get(i);
      if (isName(own.get(i))) {
        names.put(own.get(i).replaceAll("[{}*]", ""), value);
      } else if (!own.get(i).equals(value)) {
        return Optional.empty();
      }
    }
    return words.isEmpty() || words.contains(given.get(given.size() - 1))
        ? Optional.of(new Call(Map.copyOf(names), false))
        : Optional.empty();
  }

  private static boolean isName(String segment) {
    return segment.startsWith("{");
  }

  private List<String> segments() {
    return List.of(path.substring(1).split("/"));
  }
}
