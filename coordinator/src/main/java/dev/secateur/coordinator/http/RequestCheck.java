package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaType;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Host;
import dev.secateur.coordinator.config.OneLine;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps web pages away from an API that requires no token: a browser says for which site it acts
 * ({@code Origin}, {@code Host}), and sends no body of these types unless the API allowed it to.
 */
final class RequestCheck {
  private static final Set<String> CONFIGURATIONS = Set.of("application/hocon", "application/json");
  private static final Set<String> ARTIFACTS =
      Set.of("application/zip", "application/octet-stream");
  private static final int SHOWN = 100;

  private final AllowedHosts hosts;

  RequestCheck(AllowedHosts hosts) {
    this.hosts = hosts;
  }

  /** What a request is answered that is not to be looked at any further. */
  Optional<HttpResponse> refusal(HttpRequest request) {
    Optional<Host> host = request.getHeader(Host.class);
    String named = host.map(header -> header.host().address()).orElse("");
    String asked = request.getUri().getHost().address();
    for (String name : List.of(named, asked.isEmpty() ? named : asked)) {
      if (!hosts.accept(name)) {
        return refused(
            StatusCodes.MISDIRECTED_REQUEST,
            "this node does not have the name '"
                + name
                + "'; add it to secateur.http.hosts to allow it");
      }
    }
    for (HttpHeader header : request.getHeaders()) {
      if (header.is("origin") && !isOwn(header.value(), named, host.map(Host::port).orElse(0))) {
        return refused(
            StatusCodes.FORBIDDEN, "web pages of '" + header.value() + "' may not use this API");
      }
    }
    return isReadable(request)
        ? Optional.empty()
        : refused(
            StatusCodes.UNSUPPORTED_MEDIA_TYPE,
            "the Content-Type is '"
                + type(request)
                + "'; it must be application/hocon or application/json, or application/zip"
                + " for artifacts");
  }

  private static Optional<HttpResponse> refused(
      akka.http.javadsl.model.StatusCode status, String problem) {
    return Optional.of(Responses.problems(status, OneLine.of(problem, 3 * SHOWN)));
  }

  /** Whether pages of an origin come from this very API. */
  private static boolean isOwn(String origin, String host, int port) {
    try {
      URI uri = URI.create(origin);
      boolean secure = "https".equals(uri.getScheme());
      if (uri.getHost() == null || !secure && !"http".equals(uri.getScheme())) {
        return false;
      }
      int standard = secure ? 443 : 80;
      int from = uri.getPort() < 0 ? standard : uri.getPort();
      String plain = uri.getHost().replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
      return plain.equals(host.toLowerCase(Locale.ROOT)) && from == (port == 0 ? standard : port);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isReadable(HttpRequest request) {
    boolean asks = Set.of(HttpMethods.GET, HttpMethods.HEAD).contains(request.method());
    if (asks || type(request).equals("none/none") && request.entity().isKnownEmpty()) {
      return true;
    }
    boolean artifact = request.getUri().path().startsWith("/api/v1/artifacts/");
    return (artifact ? ARTIFACTS : CONFIGURATIONS).contains(type(request));
  }

  private static String type(HttpRequest request) {
    MediaType type = request.entity().getContentType().mediaType();
    return (type.mainType() + "/" + type.subType()).toLowerCase(Locale.ROOT);
  }
}
