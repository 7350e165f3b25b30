package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class WatchedSweepTest {
  private static final String PLAN =
      """
      {"name": "s", "trials": ["a", "b"], "stages": [
        {"stage": "d1", "kind": "discovery", "words": "discovery of m", "trials": [0, 1]},
        {"stage": "p1", "kind": "pruning", "words": "pruning of a", "trials": [0]},
        {"stage": "p2", "kind": "pruning", "words": "pruning of b", "trials": [1]},
        {"stage": "e2", "kind": "evaluation", "words": "evaluation of m, block 0.5 l2", "trials": [1]}]}
      """;

  private final StringWriter out = new StringWriter();
  private Instant now = Instant.parse("2026-01-01T00:01:00Z");

  private WatchedSweep view(boolean terminal) {
    return new WatchedSweep(
        () -> Json.MAPPER.readTree(PLAN),
        new PrintWriter(out),
        new Screen(terminal, 80, false),
        () -> now,
        Instant.parse("2026-01-01T00:00:00Z"));
  }

  private void hear(WatchedSweep view, int second, String fields) throws IOException {
    Instant time = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second);
    now = time.isAfter(now) ? time : now;
    view.hear(Json.MAPPER.readTree("{\"time\":\"" + time + "\"," + fields + "}"));
  }

  private void before(WatchedSweep view) throws IOException {
    hear(view, 0, "\"event\":\"sweep-submitted\"");
    hear(view, 1, "\"event\":\"stage-leased\",\"lease\":1,\"stage\":\"d1\",\"worker\":\"w1\"");
    hear(view, 2, "\"event\":\"stage-reused\",\"lease\":1,\"stage\":\"d1\"");
    hear(view, 3, "\"event\":\"stage-leased\",\"lease\":2,\"stage\":\"p1\",\"worker\":\"w1\"");
    hear(view, 43, "\"event\":\"stage-completed\",\"lease\":2,\"stage\":\"p1\",\"seconds\":40");
    hear(view, 43, "\"event\":\"trial-completed\",\"trial\":0");
    hear(view, 60, "\"event\":\"stage-leased\",\"lease\":3,\"stage\":\"p2\",\"worker\":\"w2\"");
  }

  @Test
  void countsWhatWasBeforeAndTellsWhatComes() throws IOException {
    WatchedSweep view = view(false);
    before(view);
    assertThat(out.toString()).isEmpty();
    view.isCurrent();
    hear(view, 65, "\"event\":\"stage-retried\",\"lease\":3,\"stage\":\"p2\",\"reason\":\"why\"");
    hear(view, 66, "\"event\":\"stage-leased\",\"lease\":4,\"stage\":\"p2\",\"worker\":\"w2\"");
    hear(
        view,
        90,
        "\"event\":\"stage-completed\",\"lease\":4,\"stage\":\"p2\",\"seconds\":20,\"metrics\":{\"perplexity\":9.5}");
    assertThat(out.toString().lines())
        .containsExactly(
            "[trials 1/2, stages 2/4 (1 reused), at least 40 s left] pruning of b failed and is"
                + " retried: why",
            "[trials 1/2, stages 3/4 (1 reused)] pruning of b: 20.0 s, perplexity 9.500");
  }

  @Test
  void redrawsItselfOnATerminalWithTheTimeLeft() throws IOException {
    WatchedSweep view = view(true);
    before(view);
    hear(
        view,
        70,
        "\"event\":\"stage-progress\",\"stage\":\"p2\",\"worker\":\"w2\",\"done\":3,\"total\":8,\"note\":\"x\"");
    view.redraw();
    assertThat(out.toString())
        .contains("s  trials 1/2, stages 2/4 (1 reused), at least 30 s left  1:10")
        .contains("  w2         pruning of b  3/8 x");
  }

  @Test
  void drawsTheGridTheBestSoFarAndNoLineBeyondTheScreen() throws IOException {
    WatchedSweep view = view(true);
    before(view);
    hear(view, 70, "\"event\":\"stage-leased\",\"lease\":5,\"stage\":\"e2\",\"worker\":\"w3\"");
    String note = "\\u001b[2J" + "very long ".repeat(50);
    hear(
        view,
        71,
        "\"event\":\"stage-progress\",\"stage\":\"p2\",\"worker\":\"w2\",\"done\":3,\"note\":\""
            + note
            + "\"");
    hear(
        view,
        72,
        "\"event\":\"stage-completed\",\"lease\":5,\"stage\":\"e2\",\"seconds\":2,\"metrics\":{\"perplexity\":9.5}");
    view.redraw();
    int first = out.toString().length();
    assertThat(out.toString())
        .contains("\n  a #\n  b >\n  . queued  > running  # done  x failed\n")
        .contains("\n  best so far: perplexity 9.500, m, block 0.5 l2\n");
    view.redraw();
    String again = out.toString().substring(first);
    long lines = out.toString().substring(0, first).lines().count();
    assertThat(again).startsWith("\033[" + lines + "A\033[J").doesNotContain("\033[2J");
    assertThat(again.lines().skip(1)).allSatisfy(line -> assertThat(line.length()).isLessThan(80));
  }

  @Test
  void aSweepInWhichNothingHappensIsShownToo() throws IOException {
    WatchedSweep view = view(true);
    before(view);
    hear(view, 59, "\"event\":\"stage-returned\",\"lease\":3,\"stage\":\"p2\"");
    hear(view, 59, "\"event\":\"sweep-paused\"");
    view.isCurrent();
    view.redraw();
    assertThat(out.toString()).contains("s  trials 1/2, stages 2/4 (1 reused)");
  }

  @Test
  void whatComesIsToldThoughTheCoordinatorsClockIsBehind() throws IOException {
    WatchedSweep view = view(false);
    before(view);
    view.isCurrent();
    hear(view, 30, "\"event\":\"stage-retried\",\"lease\":3,\"stage\":\"p2\",\"reason\":\"why\"");
    assertThat(out.toString()).contains("pruning of b failed and is retried: why");
  }

  @Test
  void whatNoTrialWaitsForAnyMoreTakesNoTime() throws IOException {
    WatchedSweep view = view(true);
    before(view);
    hear(view, 80, "\"event\":\"trial-failed\",\"trial\":1,\"reason\":\"why\"");
    view.redraw();
    assertThat(out.toString()).contains("trials 2/2 (1 failed), stages 2/4 (1 reused)  1:20");
  }
}
