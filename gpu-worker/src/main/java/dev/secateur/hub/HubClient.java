package dev.secateur.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.hub.HubSettings.Access;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The HTTP client of the hub. The token is sent to the hub only, never to the target of a redirect.
 */
final class HubClient {
  private static final int TIMEOUT_MILLIS = 30_000;
  private static final int REDIRECTS = 8;

  private final HubSettings settings;

  /** A kind of repository. */
  enum Kind {
    MODEL("models", ""),
    DATASET("datasets", "datasets/");

    private final String plural;
    private final String prefix;

    Kind(String plural, String prefix) {
      this.plural = plural;
      this.prefix = prefix;
    }

    String plural() {
      return plural;
    }
  }

  /** A repository's commit and the files in it. */
  record Contents(String commit, List<String> files) {}

  /**
   * @param hash of the content: SHA-256 of large files, git's SHA-1 of others
   */
  record Metadata(String hash, long size) {}

  /**
   * A file's bytes from some place on.
   *
   * @param from where they begin: zero where the server does not send ranges
   */
  record Body(InputStream bytes, long from) {}

  HubClient(HubSettings settings) {
    this.settings = settings;
  }

  /** What a repository holds at a revision. */
  Contents contents(Kind kind, HubReference reference) throws IOException {
    URI address =
        address(
            "api",
            kind.plural + "/" + reference.repository(),
            "revision",
            URLEncoder.encode(reference.revision(), StandardCharsets.UTF_8));
    try (InputStream body = followed(address, reference, 0).getInputStream()) {
      JsonNode root = Json.MAPPER.readTree(body);
      List<String> files = new ArrayList<>();
      root.path("siblings").forEach(file -> files.add(file.path("rfilename").asText()));
      String commit = root.path("sha").asText();
      if (!HubCache.COMMIT.matcher(commit).matches()) {
        throw new IOException(address + ": the response names no commit");
      }
      return new Contents(commit, files);
    }
  }

  /** A file's hash and size. */
  Metadata metadata(Kind kind, HubReference reference, String file) throws IOException {
    URI address = resolve(kind, reference, file);
    for (int i = 0; i < REDIRECTS; i++) {
      HttpURLConnection answer = request("HEAD", address, reference, 0);
      Optional<URI> next = redirect(address, answer);
      String hash = header(answer, "X-Linked-Etag").or(() -> header(answer, "ETag")).orElse("");
      String size =
          header(answer, "X-Linked-Size").or(() -> header(answer, "Content-Length")).orElse("");
      answer.disconnect();
      // Large files lie elsewhere, and what is said of them stands in the redirection itself.
      if (next.isEmpty() || answer.getHeaderField("X-Linked-Etag") != null) {
        return metadata(address, hash, size);
      }
      address = next.get();
    }
    throw new IOException(address + ": too many redirects");
  }

  private static Metadata metadata(URI address, String etag, String size) throws IOException {
    String hash = etag.replaceFirst("^W/", "").replace("\"", "");
    if (!hash.matches("[0-9a-f]{40}|[0-9a-f]{64}") || !size.matches("\\d{1,18}")) {
      throw new IOException(address + ": the response has no hash or no size of the file");
    }
    return new Metadata(hash, Long.parseLong(size));
  }

  /** A file's bytes from a place on. */
  Body body(Kind kind, HubReference reference, String file, long from) throws IOException {
    HttpURLConnection answer = followed(resolve(kind, reference, file), reference, from);
    return new Body(answer.getInputStream(), answer.getResponseCode() == 206 ? from : 0);
  }

  private HttpURLConnection followed(URI first, HubReference reference, long from)
      throws IOException {
    URI address = first;
    for (int i = 0; i < REDIRECTS; i++) {
      HttpURLConnection answer = request("GET", address, reference, from);
      Optional<URI> next = redirect(address, answer);
      if (next.isEmpty()) {
        return answer;
      }
      answer.disconnect();
      address = next.get();
    }
    throw new IOException(first + ": too many redirects");
  }

  private URI resolve(Kind kind, HubReference reference, String file) {
    return address(kind.prefix + reference.repository(), "resolve", reference.revision(), file);
  }

  private URI address(String... parts) {
    String path =
        Arrays.stream(String.join("/", parts).split("/"))
            .map(part -> part.contains("%") ? part : escaped(part))
            .collect(Collectors.joining("/"));
    return URI.create(settings.endpoint() + "/" + path);
  }

  private static String escaped(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** An answer that is no error; the JDK's other client has no time limit on reading a body. */
  private HttpURLConnection request(String method, URI address, HubReference asked, long from)
      throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setRequestProperty("User-Agent", "secateur");
    connection.setRequestProperty("Accept-Encoding", "identity");
    if (from > 0) {
      connection.setRequestProperty("Range", "bytes=" + from + "-");
    }
    if (settings.access() instanceof Access.Token token && isHub(address)) {
      connection.setRequestProperty("Authorization", "Bearer " + token.secret());
    }
    int status = connection.getResponseCode();
    if (status >= 400) {
      throw refusal(status, connection, asked);
    }
    return connection;
  }

  private boolean isHub(URI address) {
    return address.getScheme().equals(settings.endpoint().getScheme())
        && address.getRawAuthority().equals(settings.endpoint().getRawAuthority());
  }

  private static Optional<URI> redirect(URI address, HttpURLConnection answer) throws IOException {
    int status = answer.getResponseCode();
    return status >= 300 && status < 400
        ? header(answer, "Location").map(address::resolve)
        : Optional.empty();
  }

  private static Optional<String> header(HttpURLConnection answer, String name) {
    return Optional.ofNullable(answer.getHeaderField(name));
  }

  /** What users can fix is thrown as such; what may pass is returned, and retried. */
  private IOException refusal(int status, HttpURLConnection answer, HubReference asked) {
    String code = header(answer, "X-Error-Code").orElse("");
    if (status == 401 || status == 403) {
      throw new InputException(
          asked
              + (code.equals("GatedRepo")
                  ? ": the repository is gated; accept its terms on its page, and set HF_TOKEN"
                  : ": no such repository, or it needs a token; set HF_TOKEN")
              + " (the hub answered "
              + status
              + ")");
    }
    if (status == 404) {
      throw new InputException(
          asked
              + switch (code) {
                case "RevisionNotFound" -> ": the repository has no such revision";
                case "EntryNotFound" -> ": the repository has no such file";
                default -> ": no such repository, or no such file in it";
              });
    }
    return new IOException(answer.getURL().getHost() + " answered " + status);
  }
}
