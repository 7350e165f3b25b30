package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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

  /** How long the page with many trials is watched; SECATEUR_DASHBOARD_SECONDS, or a few. */
  private static final double SECONDS =
      Double.parseDouble(System.getenv().getOrDefault("SECATEUR_DASHBOARD_SECONDS", "6"));

  /** The least of a page with many trials; the workers' come on top. */
  private static final double EVENTS_A_SECOND = 10;

  /** No task of the page's thread may take as much of the processor. */
  private static final double LONG_TASK_MILLIS = 50;

  private static final String HOSTILE = "<img src=x onerror=hacked=1> \u001b[31m\u202e";

  private static Browser browser;
  private static String small;

  @BeforeAll
  static void startABrowser() throws Exception {
    small =
        posted(
            """
            name = small
            models = [demo], ratios = [0.0, 0.5], criteria = [l2, random]
            recovery { template = plain, steps = 2, batch = 2, micro-batch = 2, cutoff = 32 }
            evaluation {
              window = 16, windows = 1, tasks = wordnet, questions = 10
              generate { prompts = ["The dog", "<b>A tree</b>"], max-tokens = 12 }
            }
            """);
    browser = new Browser(Files.createDirectories(folder.resolve("browser")));
  }

  @AfterAll
  static void endIt() {
    browser.close();
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
      String id = posted("name = late, models = [demo], ratios = [0.1], criteria = [l1]");
      tab.untilSays("late");
      cancel(id);
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
        .until(
            () -> asked("GET", "sweeps/" + small, "").get("status").asText().equals("completed"));
    try (Browser.Tab tab = tab()) {
      String sweep = "sweep/" + small;
      see(tab, "overview", "", "ppl recovered"); // of the best trial
      see(tab, "grid", sweep, "random");
      see(tab, "trials", sweep + "?tab=trials&sort=-ratio", "3 of 3 trials");
      see(tab, "pareto", sweep + "?tab=pareto", "best for its parameters");
      see(tab, "parallel", sweep + "?tab=parallel", "worst fifth");
      see(tab, "timeline", sweep + "?tab=timeline", "did not end well");
      see(tab, "accuracy", sweep + "?tab=pareto&y=pruned.accuracy", "Bars are standard errors");
      assertThat(tab.count(".errors")).isPositive();
      see(tab, "stages", sweep + "?tab=stages", "Trials that share it");
      drawsEachStage(tab);
      see(tab, "samples", sweep + "?tab=samples", "trial 1, recovered");
      assertThat(tab.text()).contains("The dog").doesNotContain("There are no texts");
      see(tab, "losses", sweep + "?tab=losses", "trial 1");
      see(tab, "files", sweep + "?tab=files", "results.csv");
      see(tab, "configuration", sweep + "?tab=about", "micro-batch = 2");
      see(tab, "trial", sweep + "/trial/1", "Removed units");
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

  /** One node to each, which says how many trials share it, and an edge to each input. */
  private static void drawsEachStage(Browser.Tab tab) throws Exception {
    JsonNode plan = asked("GET", "sweeps/" + small + "/plan", "");
    Set<String> keys = new HashSet<>();
    plan.get("stages").forEach(stage -> keys.add(stage.get("stage").asText()));
    int inputs = 0;
    for (JsonNode stage : plan.get("stages")) {
      Set<String> read = new HashSet<>();
      stage.get("inputs").forEach(input -> read.add(input.asText()));
      read.retainAll(keys);
      inputs += read.size();
    }
    assertThat(tab.count("svg .node")).isEqualTo(plan.get("stages").size());
    assertThat(tab.count("svg .edge")).isEqualTo(inputs);
    JsonNode shared = plan.get("stages").get(0).get("trials");
    assertThat(tab.text()).contains(shared.size() + " trials");
    assertThat(
            tab.value("document.querySelector('svg[role=img]').getAttribute('aria-label')")
                .asText())
        .contains("Graph of stages: ", " of pruning", " of evaluation");
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
      tab.untilSays("Removed units");
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
        posted(
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
    cancel(id);
  }

  private static String json(Path path) {
    return path.toString().replace("\u001b", "\\u001b").replace("\u202e", "\\u202e");
  }

  /** Compressed bytes of a page that nothing is kept of, and when its sweeps are seen. */
  @Test
  @Order(6)
  void theFirstViewIsSmall() throws Exception {
    try (Browser.Tab tab = tab()) {
      tab.withoutCache();
      tab.before(
          """
          new MutationObserver((all, observer) => {
            if (!document.querySelector('main table a')) return;
            observer.disconnect();
            requestAnimationFrame(() => { window.seen = performance.now(); });
          }).observe(document, { childList: true, subtree: true });
          """);
      tab.open(url + "/");
      tab.until("window.seen");
      double millis = tab.value("window.seen").asDouble();
      JsonNode sizes =
          tab.value(
              """
              performance.getEntries()
                .filter(each => each.entryType === 'navigation' || each.name.includes('/ui/'))
                .map(each => each.encodedBodySize)
              """);
      int bytes = 0;
      for (JsonNode size : sizes) {
        bytes += size.asInt();
      }
      System.out.printf(
          Locale.ROOT,
          "dashboard: first view of %d files, %.1f KiB compressed, sweeps seen after %.0f ms%n",
          sizes.size(),
          bytes / 1024.0,
          millis);
      assertThat(sizes.size()).isGreaterThan(15);
      assertThat(bytes).isBetween(10 << 10, 300 << 10);
    }
  }

  /** By the time that tasks took of a processor, which others on the machine do not change. */
  @Test
  @Order(7)
  void neverKeepsItsThreadLongWithTwoThousandTrials() throws Exception {
    String ratios =
        IntStream.rangeClosed(1, 250)
            .mapToObj(i -> String.format(Locale.ROOT, "%.3f", i / 500.0))
            .collect(Collectors.joining(", "));
    String id =
        posted(
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
      int before = asked("GET", "sweeps/" + id, "").get("stages_done").asInt();
      List<String> parts = List.of("", "pareto", "parallel", "timeline", "stages", "trials");
      int asked = 0;
      long start = System.nanoTime();
      for (int part = 0; part < parts.size(); part++) {
        tab.value("location.hash = '#/sweep/" + id + "?tab=" + parts.get(part) + "'");
        double end = SECONDS * (part + 1) / parts.size();
        while (secondsSince(start) < end) {
          int priority = 10 + asked % 2; // each of which is an event, as each stage is two
          asked("POST", "sweeps/" + id + "/priority?value=" + priority, "");
          asked++;
          double next = asked / EVENTS_A_SECOND;
          await().pollInterval(Duration.ofMillis(5)).until(() -> secondsSince(start) >= next);
        }
      }
      int stages = asked("GET", "sweeps/" + id, "").get("stages_done").asInt() - before;
      double events = (asked + 2 * stages) / secondsSince(start);
      List<Double> tasks = tab.tracedTasks();
      System.out.printf(
          Locale.ROOT,
          "dashboard: 2,000 trials, %.1f events a second for %.0f s, %d tasks of the page's thread,"
              + " the longest of %.1f ms%n",
          events,
          SECONDS,
          tasks.size(),
          tasks.stream().mapToDouble(d -> d).max().orElse(0));
      assertThat(stages).as("stages done meanwhile").isPositive();
      assertThat(tasks).hasSizeGreaterThan(100).allMatch(millis -> millis < LONG_TASK_MILLIS);
    } finally {
      cancel(id);
    }
  }

  @Test
  @Order(8)
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
      String id = posted("name = after, models = [demo], ratios = [0.2], criteria = [l1]");
      tab.untilSays("after");
      cancel(id);
    }
  }
}
