package dev.secateur.actors.node;

import java.net.http.HttpClient;
import java.time.Duration;

/** The HTTP client with which nodes use a coordinator's API. */
final class NodeHttp {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);

  private NodeHttp() {}

  /** No proxy stands between nodes. */
  static HttpClient client(NodeSettings settings) {
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_WITHIN);
    settings.tls().ifPresent(tls -> builder.sslContext(tls.asking()));
    return builder.build();
  }
}
