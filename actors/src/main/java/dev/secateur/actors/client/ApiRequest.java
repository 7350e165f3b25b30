package dev.secateur.actors.client;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A request to the API, for any of its addresses.
 *
 * @param method GET or POST
 * @param path with its query
 * @param body HOCON, or empty
 * @param isRepeatable whether it may be sent again even if it may have been received
 */
record ApiRequest(
    String method, String path, Map<String, String> headers, String body, boolean isRepeatable) {

  static ApiRequest get(String path, Map<String, String> query) {
    return new ApiRequest("GET", path + text(query), Map.of(), "", true);
  }

  static ApiRequest post(
      String path, Map<String, String> query, Map<String, String> headers, String body) {
    Map<String, String> all = new HashMap<>(headers);
    if (!body.isEmpty()) {
      all.put("Content-Type", "application/hocon");
    }
    return new ApiRequest("POST", path + text(query), all, body, true);
  }

  ApiRequest with(Map<String, String> others) {
    return new ApiRequest(method, path, others, body, isRepeatable);
  }

  ApiRequest once() {
    return new ApiRequest(method, path, headers, body, false);
  }

  boolean isReading() {
    return method.equals("GET");
  }

  HttpRequest.Builder at(URI address) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path));
    headers.forEach(request::header);
    return request.method(
        method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
  }

  private static String text(Map<String, String> query) {
    return query.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + escaped(entry.getValue()))
        .collect(Collectors.joining("&", query.isEmpty() ? "" : "?", ""));
  }

  static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
