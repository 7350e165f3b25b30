package dev.secateur.coordinator.track;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** HTTP requests to external services. Follows no redirects, and limits the size of answers. */
final class Web {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final int MOST = 8 << 20;

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /** An answer, whatever its status. */
  record Answer(int status, String body) {
    boolean isGood() {
      return status / 100 == 2;
    }

    /** Whether the same may succeed later. */
    boolean isForNow() {
      return status >= 500 || status == 408 || status == 425 || status == 429;
    }
  }

  static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).timeout(ANSWER);
  }

  /**
   * @throws IOException when there is no answer
   */
  Answer send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      return new Answer(
          response.statusCode(), new String(body.readNBytes(MOST), StandardCharsets.UTF_8));
    }
  }

  /** The host and port of an address, for people. */
  static String host(String address) {
    URI uri = URI.create(address);
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }
}
