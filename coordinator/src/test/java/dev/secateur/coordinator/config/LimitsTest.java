package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is small on disk and large in memory, or in the time that it takes. */
@Timeout(20)
class LimitsTest {
  private static final String GRID = "models = [a]\nratios = [0.5]\n";

  @TempDir Path folder;

  private static SweepConfig read(String text) {
    return SweepConfigReader.read(text, "sweep.conf", new FakeSources("/models"));
  }

  private static String times(int count, String part) {
    return part.repeat(count);
  }

  private static String numbered(int count, String separator, String pattern) {
    return IntStream.range(0, count)
        .mapToObj(i -> pattern.replace("%", Integer.toString(i)))
        .collect(Collectors.joining(separator));
  }

  /** Ten times the key before, eight times over. */
  private static String laughs(String first, String of) {
    StringBuilder text = new StringBuilder("a0 = " + first + "\n");
    for (int i = 1; i < 9; i++) {
      text.append("a").append(i).append(" = ").append(times(10, of.replace("%", "" + (i - 1))));
      text.append("\n");
    }
    return text.toString();
  }

  static Stream<Arguments> tooLarge() {
    String replaced = "with its substitutions replaced the configuration has more than";
    return Stream.of(
        large("lists of lists", laughs("[x]", "${a%}"), replaced),
        large("texts of texts", laughs("xxxxxxxxxx", "${a%}"), replaced),
        large("optional ones", laughs("xxxxxxxxxx", "${?a%}"), replaced),
        large("objects", laughs("[x]", "[{ k = ${a%} }]"), replaced),
        large("merged objects", "o { k = [x] }\n" + merged(), replaced),
        large("a key again and again", "a = [x]\n" + times(30, "a = ${a}${a}\n"), replaced),
        large("a += of itself", "a = [x]\n" + times(30, "a += ${a}\n"), replaced),
        large("references upwards", upwards(), replaced),
        large("by a path", "o { a = [x] }\n" + times(30, "o.a = ${o.a}${o.a}\n"), replaced),
        large("inside a list", "a = [x]\n" + times(30, "a = [[${a}, {b = ${a}}]]\n"), replaced),
        large("a circle", "a = ${b}\nb = ${a}\n", "refers to itself by way of other keys"),
        large("brackets", "a = " + times(20_000, "["), "more than 100 levels"),
        large("braces", times(20_000, "a {"), "more than 100 levels"),
        large("braces without keys", times(20_000, "{"), "more than 100 levels"),
        large("lists of objects", "a = " + times(10_000, "[{a="), "more than 100 levels"),
        large("dots", "a" + times(20_000, ".a") + " = 1", "more than 100 levels"),
        large("dots of a reference", "a = ${a" + times(20_000, ".a") + "}", "more than 100 levels"),
        large("long text", "name = \"" + times(2_000_000, "x") + "\"", "more than 1000000 char"),
        large("words", "name = " + times(1_500_000, "x "), "more than 300 pieces"),
        large("words of a key", times(1_500_000, "x "), "more than 300 pieces"),
        large("lines", times(3_000_000, "\n"), "more than 100000 lines"),
        large("keys", numbered(60_000, "\n", "k% = 1"), "the maximum is 2000"),
        large("keys of one object", numbered(60_000, "\n", "a.k% = 1"), "the maximum is 2000"),
        large("elements", "steps = [" + times(2_000_000, "1,") + "]", "the maximum is 100000"),
        large("substitutions", times(4_000, "a = ${?a} [x]\n"), "the maximum is 200"),
        large("appending", times(4_000, "a += x\n"), "the maximum is 200"),
        large("a file", "#" + times(5 << 20, "x"), "the maximum is 4194304"));
  }

  private static Arguments large(String name, String text, String complaint) {
    return Arguments.of(Named.of(name, text), complaint);
  }

  private static String merged() {
    return times(30, "o = ${o} { k = ${o.k}${o.k} }\n");
  }

  private static String upwards() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 9; i++) {
      text.append("a").append(i).append(" = ").append(times(10, "${a" + (i + 1) + "}"));
      text.append("\n");
    }
    return text + "a9 = [x]\n";
  }

  @ParameterizedTest
  @MethodSource("tooLarge")
  void refusesWhatBecomesLargeInOneLine(String text, String complaint) {
    assertThatThrownBy(() -> read(GRID + text))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("sweep.conf")
        .hasMessageContaining(complaint)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1_100));
  }

  @Test
  void refusesAGridOfTenMillionTrialsByItsLengths() {
    String many =
        "models = [a], steps = [%s], ratios = [%s]"
            .formatted(numbered(10_000, ",", "%"), numbered(1_000, ",", "0.%1"));
    assertThatThrownBy(() -> read(many))
        .hasMessageContaining("sweep.conf:1: 'steps' makes the grid too large")
        .hasMessageContaining("more than 200000 trials")
        .hasMessageContaining("ratios 1000, steps 10000");
  }

  @Test
  void refusesAGridOfMoreTrialsThanALongCounts() {
    String axes =
        Stream.of("models", "ratios", "criteria", "aggregations", "steps")
            .map(axis -> axis + " = [" + times(15_000, "1,") + "]")
            .collect(Collectors.joining("\n"));
    assertThatThrownBy(() -> read(axes)).hasMessageContaining("more than 200000 trials");
  }

  @Test
  void multipliesWithoutOverflow() {
    assertThat(Limits.product(1L << 40, 1L << 40)).isEqualTo(Long.MAX_VALUE);
    assertThat(Limits.product(1L << 40, 1L << 40, 0)).isZero();
    assertThat(Limits.product(3, 5, 7)).isEqualTo(105);
  }

  @Test
  void refusesWhatEveryTrialRepeats() {
    String ratios = "models = [a], ratios = [" + numbered(1_000, ",", "0.%1") + "]\n";
    assertThatThrownBy(() -> read(ratios + "calibration { parts = 5000 }"))
        .hasMessageContaining("sweep.conf:2: 'calibration' has 5000 parts");
    String prompt = "evaluation { generate { prompts = [\"" + times(300_000, "x") + "\"] } }";
    assertThatThrownBy(() -> read(ratios + prompt))
        .hasMessageContaining("sweep.conf:2: 'evaluation' has 300000 characters in prompts");
  }

  @Test
  void tellsTheFirstHundredMistakesAndCountsTheRest() {
    assertThatThrownBy(() -> read(GRID + numbered(1_900, "\n", "modles% = 1")))
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(101))
        .hasMessageEndingWith("sweep.conf: and 1800 more mistakes");
  }

  @Test
  void leavesHonestSubstitutionsAlone() {
    SweepConfig sweep =
        read(
            """
            name = first
            models = [a]
            ratios = [0.1, 0.2]
            ratios += 0.3
            evaluation { text = ${calibration.text} }
            calibration { text = corpus.txt }
            recovery { ratios = ${ratios}, data = ${?nothing}${calibration.text} }
            """);
    assertThat(sweep.ratios()).hasSize(3);
    assertThat(sweep.recovery().orElseThrow().ratios()).isEqualTo(sweep.ratios());
    assertThat(sweep.evaluation().text().name()).isEqualTo("corpus.txt");
  }

  @Test
  void takesEverySizeUpToItsLimit() {
    assertThat(
            read(GRID + "evaluation { generate { prompts = [\"" + times(900_000, "x") + "\"] } }"))
        .isNotNull();
    assertThat(read("models = [a], ratios = [" + numbered(90_000, ",", "0.%1") + "]").ratios())
        .hasSizeGreaterThan(50_000);
  }

  @Test
  void refusesAFileThatIsTooLargeOrNoText() throws Exception {
    Path large = folder.resolve("large.conf");
    Files.write(large, new byte[(4 << 20) + 1]);
    assertThatThrownBy(() -> ConfigurationText.read(large))
        .isInstanceOf(InputException.class)
        .hasMessage(large + ": larger than 4194304 bytes, the maximum size of a configuration");
    Path latin =
        Files.write(folder.resolve("latin.conf"), "é".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ConfigurationText.read(latin))
        .hasMessage(latin + ": is not text in UTF-8");
  }
}
