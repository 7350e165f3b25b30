package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The dashboard in a real browser, of a coordinator with two workers and running sweeps. Leaves
 * pictures of its pages in {@code target/dashboard}.
 */
@EnabledIf(
    value = "dev.secateur.actors.cli.Browser#isThere",
    disabledReason = "there is no Chromium on the path")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardBrowserTest extends CoordinatorFixture {
  private static final Path PICTURES = Path.of("target", "dashboard");

  /** No task of the page's thread may take as much of the processor. */
  private static final double LONG_TASK_MILLIS = 50;

  private static final String HOSTILE = "<img src=x onerror=hacked=1> \u001b[31m\u202e";

  private static Browser browser;
  private static String small;

  @BeforeAll
  static void startABrowser() throws Exception {
    browser = new Browser(Files.createDirectories(folder.resolve("browser")));
    small =
        submitted(
            """
            name = small
            models = [demo], ratios = [0.0, 0.5], criteria = [l2, random]
            recovery { template = plain, steps = 2, batch = 2, micro-batch = 2, cutoff = 32 }
            evaluation { window = 16, windows = 1 }
            """);
  }

  @AfterAll
  static void endIt() {
    browser.close();
  }

  private static String submitted(String configuration) throws Exception {
    Path file = Files.createTempFile(folder, "sweep", ".conf");
    Files.writeString(file, configuration);
    return done("submit", file.toString()).out().strip();
  }

  /** A tab that has the token. */
  private static Browser.Tab tab() throws Exception {
    Browser.Tab tab = browser.tab();
    tab.before(
        "if (location.protocol !== 'about:') sessionStorage.setItem('secateur-token', '"
            + token
            + "')");
    tab.looksLike(1280, 900, "light");
    return tab;
  }

  private static String page(String hash) {
    return url + "/#/" + hash;
  }

  @Test
  @Order(1)
  void asksForATokenOnceAndRefusesAWrongOne() throws Exception {
    try (Browser.Tab tab = browser.tab()) {
      tab.open(url + "/");
      tab.untilSays("A token is needed");
      tab.value("document.getElementById('token').focus()");
      tab.type("wrong");
      tab.press("Enter", 13);
      tab.untilSays("does not know this token");
      assertThat(tab.text()).doesNotContain("Workers");
      tab.value("document.getElementById('token').select()");
      tab.type(token);
      tab.press("Enter", 13);
      tab.untilSays("Live");
      tab.untilSays("small");
      tab.value("location.reload()");
      tab.untilSays("small");
      assertThat(tab.text()).doesNotContain("A token is needed");
      assertThat(tab.requested())
          .allMatch(asked -> asked.startsWith(url) && !asked.contains(token));
      tab.click("button", "Forget the token");
      tab.untilSays("A token is needed");
    }
  }

  @Test
  @Order(2)
  void isLive() throws Exception {
    try (Browser.Tab tab = tab()) {
      tab.open(url + "/");
      tab.untilSays("Live");
      tab.untilSays("local/1");
      int loads = tab.requested().size();
      String id = submitted("name = late, models = [demo], ratios = [0.1], criteria = [l1]");
      tab.untilSays("late");
      done("cancel", id);
      tab.until(
          "[...document.querySelectorAll('tr')].some(r => /late/.test(r.innerText) && /cancelled/.test(r.innerText))");
      assertThat(tab.requested().subList(loads, tab.requested().size()))
          .as("nothing is loaded anew")
          .noneMatch(asked -> asked.endsWith(".js"));
    }
  }

  @Test
  @Order(3)
  void showsEveryPageInLightAndDarkAndOnAPhone() throws Exception {
    await()
        .atMost(LONG.multipliedBy(4)) // also where others have the processors
        .until(() -> status(small).get("status").asText().equals("completed"));
    try (Browser.Tab tab = tab()) {
      String sweep = "sweep/" + small;
      see(tab, "overview", "", "Disk of this coordinator");
      see(tab, "grid", sweep, "random");
      see(tab, "trials", sweep + "?tab=trials&sort=-ratio", "3 of 3 trials");
      see(tab, "pareto", sweep + "?tab=pareto", "best for its parameters");
      see(tab, "parallel", sweep + "?tab=parallel", "worst fifth");
      see(tab, "timeline", sweep + "?tab=timeline", "did not end well");
      see(tab, "stages", sweep + "?tab=stages", "Trials that share it");
      see(tab, "losses", sweep + "?tab=losses", "trial 1");
      see(tab, "files", sweep + "?tab=files", "results.csv");
      see(tab, "configuration", sweep + "?tab=about", "micro-batch = 2");
      see(tab, "trial", sweep + "/trial/1", "Units that went");
      see(tab, "compare", "compare?sweeps=" + small, "The best of each");
      see(tab, "events", "events?kind=stage-completed", "stage-completed");
      assertThat(tab.complaints()).isEmpty();
      assertThat(tab.requested())
          .allMatch(asked -> asked.startsWith(url) || asked.startsWith("about:"));
    }
  }

  private static void see(Browser.Tab tab, String name, String hash, String text) throws Exception {
    tab.looksLike(1280, 900, "light");
    tab.open(page(hash));
    tab.untilSays(text);
    tab.until("document.querySelectorAll('h1').length === 1");
    tab.screenshot(PICTURES.resolve(name + "-light.png"));
    tab.looksLike(1280, 900, "dark");
    tab.screenshot(PICTURES.resolve(name + "-dark.png"));
    assertThat(tab.value("getComputedStyle(document.body).backgroundColor").asText())
        .isEqualTo("rgb(20, 23, 27)");
    tab.looksLike(390, 844, "light");
    tab.until("document.documentElement.scrollWidth <= innerWidth");
    tab.screenshot(PICTURES.resolve(name + "-phone.png"));
    assertThat(unnamed(tab)).as(name).isEmpty();
  }

  /** What a screen reader has no name for, or a keyboard does not reach. */
  private static List<String> unnamed(Browser.Tab tab) {
    JsonNode found =
        tab.value(
            """
            [...document.querySelectorAll('button, select, input, a, svg[role=img], [role=region], [role=progressbar]')]
              .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length) || e.tabIndex < -1
                  || e.matches('[role=region]') && e.tabIndex !== 0 || e.matches('a') && !e.href)
              .map(e => e.outerHTML.slice(0, 200))
              .concat(['main', 'header', 'nav'].filter(name => !document.querySelector(name)))
            """);
    return IntStream.range(0, found.size()).mapToObj(i -> found.get(i).asText()).toList();
  }

  @Test
  @Order(4)
  void canBeUsedByKeyboardAlone() throws Exception {
    try (Browser.Tab tab = tab()) {
      tab.open(page("sweep/" + small + "?tab=trials"));
      tab.untilSays("3 of 3 trials");
      tab.press("Tab", 9);
      assertThat(tab.value("document.activeElement.textContent").asText())
          .isEqualTo("Skip to the content");
      String ratio =
          "[...document.querySelectorAll('button.sort')].find(b => /^ratio/.test(b.innerText))";
      tab.until(ratio);
      tab.value(ratio + ".focus()");
      tab.press("Enter", 13);
      tab.until("document.querySelector('th[aria-sort=ascending]')?.innerText.includes('ratio')");
      assertThat(tab.value("location.hash").asText()).contains("sort=ratio");
      tab.value("document.querySelector('input[type=search]').focus()");
      tab.type("random 0.5");
      tab.untilSays("1 of 3 trials");
      assertThat(tab.value("location.hash").asText()).contains("filter=random");
      tab.value("document.querySelector('tbody a').focus()");
      tab.press("Enter", 13);
      tab.untilSays("Units that went");
      tab.until("document.activeElement.tagName === 'H1'");
    }
  }

  @Test
  @Order(5)
  void showsHostileTextAsText() throws Exception {
    Path text = folder.resolve("served").resolve(HOSTILE.replace('/', ' ') + ".txt");
    Files.writeString(text, "Trees lose their leaves in autumn. ".repeat(400));
    Path other = folder.resolve("served").resolve("plain.txt");
    Files.writeString(other, "Rivers carry sand to the sea. ".repeat(400));
    String id =
        submitted(
            """
            # </pre><script>hacked=1</script> \u001b[2J\u202e %s
            name = hostile, models = [demo], ratios = [0.5], criteria = [taylor-element1]
            calibration { samples = 2, length = 16, text = ["%s", "%s"] }
            evaluation { window = 32, windows = 2 }
            """
                .formatted("x".repeat(10_000), json(text), other));
    try (Browser.Tab tab = tab()) {
      tab.open(page("sweep/" + id + "?tab=trials"));
      tab.untilSays("<img src=x");
      tab.screenshot(PICTURES.resolve("hostile-light.png"));
      for (String part :
          List.of("?tab=trials", "?tab=stages", "?tab=parallel", "?tab=pareto", "/trial/0")) {
        tab.open(page("sweep/" + id + part));
        tab.untilSays("hostile");
        tab.until("document.querySelector('main').innerText.length > 300");
      }
      tab.open(page("sweep/" + id + "?tab=about"));
      tab.untilSays("</pre><script>hacked=1</script> \u241b[2J[U+202E] xxx");
      tab.looksLike(390, 844, "dark");
      tab.until("document.documentElement.scrollWidth <= innerWidth");
      tab.open(page("sweep/%3Cscript%3Ehacked=1%3C%2Fscript%3E"));
      tab.untilSays("no sweep <script>");
      assertThat(tab.value("typeof hacked").asText()).isEqualTo("undefined");
      assertThat(tab.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
    }
    done("cancel", id);
  }

  private static String json(Path path) {
    return path.toString().replace("\u001b", "\\u001b").replace("\u202e", "\\u202e");
  }

  /** By the time that tasks took of a processor, which others on the machine do not change. */
  @Test
  @Order(6)
  void neverKeepsItsThreadLongWithTwoThousandTrials() throws Exception {
    String ratios =
        IntStream.rangeClosed(1, 250)
            .mapToObj(i -> String.format(Locale.ROOT, "%.3f", i / 500.0))
            .collect(Collectors.joining(", "));
    String id =
        submitted(
            """
            name = large, models = [demo], criteria = [l1, l2], aggregations = [sum, max, mean, product]
            ratios = [%s]
            evaluation { window = 16, windows = 1 }
            """
                .formatted(ratios));
    try (Browser.Tab tab = tab()) {
      tab.open("about:blank");
      tab.trace();
      tab.open(page("sweep/" + id + "?tab=trials"));
      tab.untilSays("2,000 of 2,000 trials");
      tab.until(
          "parseInt(/(\\d+) of 2,000/.exec(document.querySelector('.facts').innerText)[1]) > 8");
      assertThat(tab.value("document.querySelectorAll('tbody tr').length").asInt())
          .as("rows in the document")
          .isBetween(10, 60);
      for (String part :
          List.of("", "?tab=pareto", "?tab=parallel", "?tab=timeline", "?tab=stages")) {
        tab.value("location.hash = '#/sweep/" + id + part + "'");
        long from = System.nanoTime();
        await().until(() -> System.nanoTime() - from > 1_500_000_000L);
      }
      List<Double> tasks = tasks(tab.traced());
      System.out.printf(
          Locale.ROOT,
          "dashboard: %d tasks of the page's thread, the longest of %.1f ms%n",
          tasks.size(),
          tasks.stream().mapToDouble(d -> d).max().orElse(0));
      assertThat(tasks).hasSizeGreaterThan(100).allMatch(millis -> millis < LONG_TASK_MILLIS);
    } finally {
      done("cancel", id);
    }
  }

  /** Milliseconds of the processor that each task of the page's thread took. */
  private static List<Double> tasks(List<JsonNode> traced) {
    List<String> threads =
        traced.stream()
            .filter(event -> event.path("name").asText().equals("thread_name"))
            .filter(event -> event.at("/args/name").asText().equals("CrRendererMain"))
            .map(DashboardBrowserTest::thread)
            .toList();
    return traced.stream()
        .filter(event -> event.path("name").asText().endsWith("RunTask"))
        .filter(event -> threads.contains(thread(event)))
        .map(event -> event.path("tdur").asDouble() / 1000)
        .toList();
  }

  private static String thread(JsonNode event) {
    return event.path("pid").asText() + "/" + event.path("tid").asText();
  }

  @Test
  @Order(7)
  void goesOnAfterTheCoordinatorWasKilled() throws Exception {
    try (Browser.Tab tab = tab()) {
      tab.open(page("events"));
      tab.untilSays("Live");
      tab.until("document.querySelectorAll('tbody tr').length > 5");
      node.signal("KILL");
      node.await();
      tab.untilSays("does not answer");
      startNode();
      tab.untilSays("Live");
      String id = submitted("name = after, models = [demo], ratios = [0.2], criteria = [l1]");
      tab.untilSays("after");
      done("cancel", id);
    }
  }
}
