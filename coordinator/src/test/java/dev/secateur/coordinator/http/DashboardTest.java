package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard's files, on the wire and as they stand in the source. */
class DashboardTest {
  private static final Path SOURCE =
      Path.of("src/main/resources/dev/secateur/coordinator/http/ui").toAbsolutePath();
  private static final Pattern LINK = Pattern.compile("(?:href|src)=\"(ui/[^\"]+)\"");
  private static final Pattern IMPORT = Pattern.compile("'\\./([\\w.]+)'");

  @TempDir private static Path folder;
  private static ApiServer api;

  @BeforeAll
  static void start() {
    api = new ApiServer(folder, new FakeSources("/models"));
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static List<String> links(String page) {
    List<String> links = new ArrayList<>();
    Matcher link = LINK.matcher(page);
    while (link.find()) {
      links.add("/" + link.group(1));
    }
    return links;
  }

  private static String header(ApiServer.Answer answer, String name) {
    Matcher header = Pattern.compile("(?im)^" + name + ": (.*?)\r?$").matcher(answer.head());
    return header.find() ? header.group(1) : "";
  }

  @Test
  void thePageAllowsNothingButItsOwnFilesAndIsAskedForAnew() throws IOException {
    ApiServer.Answer page = api.get("/");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.body()).doesNotContain("{ui}", "{preloads}", "http://", "https://");
    assertThat(page.body()).doesNotContainPattern("<script(?![^>]*src=)|<style| on\\w+=| style=");
    assertThat(header(page, "Content-Security-Policy"))
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
        .doesNotContain("unsafe");
    assertThat(header(page, "Cache-Control")).isEqualTo("no-cache");
    assertThat(header(page, "X-Content-Type-Options")).isEqualTo("nosniff");
    ApiServer.Answer again =
        api.send("GET", "/", Map.of("If-None-Match", header(page, "ETag")), "");
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
  }

  @Test
  void sendsEachFileThatThePageNamesForEver() throws IOException {
    List<String> links = links(api.get("/").body());
    assertThat(links.stream().map(link -> link.replaceAll(".*/", "")))
        .containsOnlyOnceElementsOf(
            new Dashboard().names().stream().filter(n -> !n.equals("app.js")).toList());
    for (String link : links) {
      ApiServer.Answer file = api.get(link);
      assertThat(file.status()).as(link).isEqualTo(200);
      assertThat(file.body()).as(link).isNotBlank();
      assertThat(header(file, "Cache-Control")).as(link).contains("immutable");
      String type = link.endsWith(".js") ? "javascript" : link.endsWith(".css") ? "css" : "svg";
      assertThat(header(file, "Content-Type")).as(link).contains(type);
      ApiServer.Answer zipped =
          api.send("GET", link, Map.of("Accept-Encoding", "br;q=1, gzip;q=0.5"), "");
      assertThat(header(zipped, "Content-Encoding")).as(link).isEqualTo("gzip");
      ApiServer.Answer refused = api.send("GET", link, Map.of("Accept-Encoding", "gzip;q=0"), "");
      assertThat(header(refused, "Content-Encoding")).as(link).isEmpty();
    }
    assertThat(api.get("/ui/0123456789abcdef/app.js").status()).isEqualTo(404);
    assertThat(api.get(links.get(0).replaceAll("[^/]+$", "..%2Fopenapi.yaml")).status())
        .isEqualTo(404);
  }

  @Test
  void itsFirstViewTakesLessThan300KiB() {
    assertThat(new Dashboard().zippedBytes()).isBetween(10_000, 300 << 10);
  }

  @Test
  void anotherHostDoesNotGetThePage() throws IOException {
    assertThat(api.send("GET", "/", Map.of("Host", "evil.example"), "").status()).isEqualTo(421);
  }

  @Test
  void servesEveryFileOfItsSourceAndImportsNoOther() throws IOException {
    TreeSet<String> served = new TreeSet<>(new Dashboard().names());
    served.add(Dashboard.PAGE);
    TreeSet<String> there = new TreeSet<>();
    there.add(Dashboard.PREACT);
    try (Stream<Path> files = Files.list(SOURCE)) {
      for (Path file : files.toList()) {
        there.add(file.getFileName().toString());
        String text = Files.readString(file);
        assertThat(text.lines().count()).as(file + " is short").isLessThan(400);
        assertThat(text).as(file.toString()).doesNotContain("innerHTML", "eval(", "localStorage");
        Matcher imported = IMPORT.matcher(text);
        while (imported.find()) {
          assertThat(served).as(file.toString()).contains(imported.group(1));
        }
      }
    }
    assertThat(served).isEqualTo(there);
  }
}
