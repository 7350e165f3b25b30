package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SweepLabelsTest {
  private static final String GRID = "models = [a], ratios = [0.5]\n";
  private static final FakeSources SOURCES = new FakeSources("/models");

  private static SweepConfig read(String more) {
    return SweepConfigReader.read(GRID + more, "sweep.conf", SOURCES);
  }

  private static void refuses(String more, String... problems) {
    assertThatThrownBy(() -> read(more))
        .isInstanceOf(InputException.class)
        .satisfies(
            failure -> {
              assertThat(failure.getMessage().lines()).containsExactly(problems);
            });
  }

  @Test
  void labelsAreNamesOrNamesWithValues() {
    assertThat(read("").labels()).isEmpty();
    assertThat(read("labels = [baseline, \"team=nlp\"]").labels())
        .isEqualTo(Map.of("baseline", "", "team", "nlp"));
    assertThat(
            read("labels { team = nlp, \"a.b/c\" = 1.50, final = true, formula = \"x=y\" }")
                .labels())
        .isEqualTo(Map.of("team", "nlp", "a.b/c", "1.50", "final", "true", "formula", "x=y"));
  }

  @Test
  void notesHaveLinesAndTabs() {
    assertThat(read("").notes()).isEmpty();
    assertThat(read("notes = \"\"\"\n two lines,\n\tone of them indented\n\"\"\"").notes())
        .isEqualTo("two lines,\n\tone of them indented");
  }

  @Test
  void casesHaveThoseOfTheirSweep() {
    SweepConfig sweep = read("labels = [x], notes = n, trials = [{ ratio = 0.25 }], rivals = [b]");
    assertThat(sweep.labels()).containsKey("x");
    assertThat(sweep.cases()).hasSize(2);
    assertThatThrownBy(() -> read("trials = [{ ratio = 0.25, labels = [y] }]"))
        .hasMessageContaining("'trials[0]' has the unknown key 'labels'");
  }

  @Test
  void nothingOfThemIsInAPlan() {
    SweepPlan plain = SweepPlanner.plan(read(""), SOURCES);
    SweepPlan labelled = SweepPlanner.plan(read("labels = [x], notes = n"), SOURCES);
    assertThat(labelled).isEqualTo(plain);
  }

  @Test
  void hostileLabelsAreRefusedWithTheirLine() {
    refuses(
        "\nlabels { \"<b>\" = x }",
        "sweep.conf:3: 'labels.<b>' has the name '<b>'; allowed are 1 to 63 letters, digits, '.',"
            + " '_', '/' and '-', a letter or digit first");
    refuses(
        "labels = [ok,\n\"a=\\u001b[31mred\"]",
        "sweep.conf:3: 'labels[1]' has the character U+001B, which is a control character,"
            + " changes the writing direction or is half of a character; remove it");
    refuses(
        "labels { x = \"" + "y".repeat(10_000) + "\" }",
        "sweep.conf:2: 'labels.x' has 10000 characters; allowed are 200");
    refuses("labels { x = \"a\\nb\" }", "sweep.conf:2: 'labels.x' has several lines");
    refuses("labels { x = [1] }", "sweep.conf:2: 'labels.x' is [1], not a string");
    refuses("labels = [3]", "sweep.conf:2: 'labels[0]' is 3, not a string");
    refuses("labels = [x, \"x=1\"]", "sweep.conf:2: 'labels[1]' repeats the label 'x'");
    refuses(
        "labels = x",
        "sweep.conf:2: 'labels' is \"x\", neither a list in brackets nor an object in braces");
    String many =
        IntStream.range(0, 33).mapToObj(i -> "l" + i).collect(Collectors.joining(", ", "[", "]"));
    refuses("labels = " + many, "sweep.conf:2: 'labels' has 33 labels; allowed are 32");
  }

  @Test
  void hostileNotesAreRefusedWithTheirLine() {
    refuses(
        "notes = \"" + "y".repeat(10_000) + "\"",
        "sweep.conf:2: 'notes' has 10000 characters; allowed are 4000");
    refuses(
        "notes = \"a \\u202e b\"",
        "sweep.conf:2: 'notes' has the character U+202E, which is a control character,"
            + " changes the writing direction or is half of a character; remove it");
    refuses("notes = 3", "sweep.conf:2: 'notes' is 3, not a string");
    assertThat(read("notes = \"<script>alert(1)</script>\"").notes()).startsWith("<script>");
  }

  @Test
  void optionsAddToWhateverFormTheFileHas() {
    List<String> given = List.of("team=nlp \"1\" # ${x}", "done");
    Map<String, String> both = Map.of("team", "nlp \"1\" # ${x}", "done", "");
    assertThat(read(SweepLabels.added("", given, Optional.empty())).labels()).isEqualTo(both);
    SweepConfig listed = read(SweepLabels.added("labels = [a]", given, Optional.of("two\nlines")));
    assertThat(listed.labels()).containsAllEntriesOf(both).containsEntry("a", "").hasSize(3);
    assertThat(listed.notes()).isEqualTo("two\nlines");
    SweepConfig named =
        read(SweepLabels.added("labels { a = 1, done = no }", given, Optional.empty()));
    assertThat(named.labels()).containsAllEntriesOf(both).containsEntry("a", "1").hasSize(3);
    assertThat(SweepLabels.added("text", List.of(), Optional.empty())).isEqualTo("text");
    assertThatThrownBy(() -> SweepLabels.added("", List.of("<b>=x"), Optional.empty()))
        .isInstanceOf(InputException.class)
        .hasMessage("--label is '<b>=x'; it must be NAME or NAME=VALUE");
  }
}
