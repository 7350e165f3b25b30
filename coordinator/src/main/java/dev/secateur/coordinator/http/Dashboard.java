package dev.secateur.coordinator.http;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpCharsets;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.AcceptEncoding;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/**
 * The dashboard: a page at {@code /} and its style sheet and ES modules below {@code /ui/DIGEST/},
 * all from the jar. The digest covers all of them, so browsers may cache them for ever, and no page
 * mixes files of two versions. They contain no data of sweeps; the page asks the API, with a token
 * if one is needed.
 */
final class Dashboard extends AllDirectives {
  /** The modules that the page loads, itself apart; each is named to be loaded at once. */
  static final List<String> MODULES =
      List.of(
          "api.js",
          "app.js",
          "compare.js",
          "events.js",
          "format.js",
          "grid.js",
          "kinds.js",
          "overview.js",
          "plots.js",
          "route.js",
          "scores.js",
          "stagegraph.js",
          "store.js",
          "stream.js",
          "sweep.js",
          "sweepdata.js",
          "table.js",
          "timeline.js",
          "training.js",
          "trial.js",
          "view.js");

  static final String PAGE = "index.html";
  static final String SHEET = "ui.css";
  static final String ICON = "icon.svg";
  static final String PREACT = "preact.js";

  private static final String PREACT_IN_JAR =
      "/META-INF/resources/webjars/preact/10.26.4/dist/preact.module.js";

  /** Of its own files alone, no inline script or style, and only the API that it comes from. */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'";

  private static final Pattern ZIPPED =
      Pattern.compile("\\bgzip\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))");

  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  private final Map<String, Served> files = new TreeMap<>();
  private final String digest;
  private final Served page;

  /** A file as it is sent. */
  private record Served(ContentType type, byte[] plain, byte[] zipped, String tag) {
    static Served of(ContentType type, byte[] plain) {
      return new Served(type, plain, zip(plain), '"' + hash(plain) + '"');
    }
  }

  Dashboard() {
    for (String name : MODULES) {
      files.put(name, Served.of(script(), resource("ui/" + name)));
    }
    files.put(PREACT, Served.of(script(), withoutMap(resource(PREACT_IN_JAR))));
    files.put(
        SHEET,
        Served.of(MediaTypes.TEXT_CSS.toContentType(HttpCharsets.UTF_8), resource("ui/" + SHEET)));
    files.put(ICON, Served.of(MediaTypes.IMAGE_SVG_XML.toContentType(), resource("ui/" + ICON)));
    digest =
        hash(files.entrySet().stream()
                .map(each -> each.getKey() + each.getValue().tag())
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8))
            .substring(0, 16);
    String preloads =
        files.keySet().stream()
            .filter(name -> name.endsWith(".js"))
            .map(name -> "<link rel=\"modulepreload\" href=\"ui/" + digest + "/" + name + "\">")
            .collect(Collectors.joining("\n"));
    String text = new String(resource("ui/" + PAGE), StandardCharsets.UTF_8);
    page =
        Served.of(
            ContentTypes.TEXT_HTML_UTF8,
            text.replace("{preloads}", preloads)
                .replace("{ui}", "ui/" + digest)
                .getBytes(StandardCharsets.UTF_8));
  }

  private static ContentType script() {
    return MediaTypes.APPLICATION_JAVASCRIPT.toContentType(HttpCharsets.UTF_8);
  }

  /** Its files' names. */
  List<String> names() {
    return List.copyOf(files.keySet());
  }

  /** How many bytes the first view takes, compressed. */
  int zippedBytes() {
    return page.zipped().length
        + files.values().stream().mapToInt(each -> each.zipped().length).sum();
  }

  Route route() {
    return concat(
        pathSingleSlash(() -> get(() -> sent(page, "no-cache"))),
        pathPrefix("ui", () -> pathPrefix(digest, this::below)));
  }

  private Route below() {
    return path(name -> file(files.get(name)));
  }

  private Route file(Served file) {
    return file == null ? reject() : get(() -> sent(file, FOR_EVER));
  }

  private Route sent(Served file, String keep) {
    return extractRequest(request -> complete(answer(request, file, keep)));
  }

  private static HttpResponse answer(HttpRequest request, Served file, String keep) {
    boolean known =
        request
            .getHeader("if-none-match")
            .filter(tags -> tags.value().contains(file.tag()))
            .isPresent();
    HttpResponse response =
        known
            ? HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED)
            : takesZipped(request)
                ? HttpResponse.create()
                    .withEntity(file.type(), file.zipped())
                    .addHeader(RawHeader.create("Content-Encoding", "gzip"))
                : HttpResponse.create().withEntity(file.type(), file.plain());
    return response.addHeaders(
        List.of(
            RawHeader.create("ETag", file.tag()),
            RawHeader.create("Cache-Control", keep),
            RawHeader.create("Vary", "Accept-Encoding"),
            RawHeader.create("Content-Security-Policy", POLICY),
            RawHeader.create("X-Content-Type-Options", "nosniff"),
            RawHeader.create("Referrer-Policy", "no-referrer"),
            RawHeader.create("Cross-Origin-Opener-Policy", "same-origin"),
            RawHeader.create("Cross-Origin-Resource-Policy", "same-origin")));
  }

  private static boolean takesZipped(HttpRequest request) {
    return request
        .getHeader(AcceptEncoding.class)
        .filter(accepted -> ZIPPED.matcher(accepted.value()).find())
        .isPresent();
  }

  /** Its source map is not served; browsers' tools would ask for it. */
  private static byte[] withoutMap(byte[] module) {
    return new String(module, StandardCharsets.UTF_8)
        .replaceAll("//# sourceMappingURL=.*", "")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] resource(String name) {
    try (InputStream file = Dashboard.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] zip(byte[] plain) {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return zipped.toByteArray();
  }

  private static String hash(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
