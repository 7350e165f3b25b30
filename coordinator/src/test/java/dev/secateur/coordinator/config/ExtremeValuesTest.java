package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Numbers that nothing holds, and texts that are none: each named with file, line and key. */
@Timeout(20)
class ExtremeValuesTest {
  private static final List<String> TEXTS =
      List.of(
          "name",
          "calibration.text",
          "evaluation.text",
          "evaluation.tasks",
          "recovery.data",
          "evaluation.choice-tasks[0].name",
          "evaluation.choice-tasks[0].file",
          "evaluation.choice-tasks[0].template",
          "evaluation.choice-tasks[0].answer",
          "evaluation.choice-tasks[0].choices[0]",
          "evaluation.generate.prompts[0]",
          "recovery.targets[0]",
          "models[0]");

  private static final List<String> NUMBERS =
      List.of(
          "seed",
          "attempts",
          "steps[0]",
          "ratios[0]",
          "layers.first",
          "layers.end",
          "memory.estimation",
          "calibration.samples",
          "calibration.length",
          "calibration.parts",
          "evaluation.window",
          "evaluation.windows",
          "evaluation.questions",
          "evaluation.latency.batch",
          "evaluation.generate.max-tokens",
          "evaluation.generate.temperature",
          "evaluation.generate.top-p",
          "evaluation.generate.seed",
          "recovery.ratios[0]",
          "recovery.steps",
          "recovery.epochs",
          "recovery.batch",
          "recovery.micro-batch",
          "recovery.learning-rate",
          "recovery.weight-decay",
          "recovery.warmup",
          "recovery.rank",
          "recovery.alpha",
          "recovery.dropout",
          "recovery.when.perplexity",
          "recovery.when.top",
          "recovery.validation.rows",
          "recovery.scratch.learning-rate");

  private static SweepConfig read(String text) {
    return SweepConfigReader.read(text, "sweep.conf", new FakeSources("/models"));
  }

  /** A configuration that gives a key a value, on its second line. */
  private static String with(String key, String value) {
    String first =
        (key.startsWith("models") ? "" : "models = [a], ")
            + (key.startsWith("ratios") ? "" : "ratios = [0.5]")
            + "\n";
    StringBuilder text = new StringBuilder(first);
    StringBuilder end = new StringBuilder();
    for (String element : key.split("(?<=])\\.")) {
      boolean listed = element.endsWith("[0]");
      text.append(element.replace("[0]", "")).append(" = ");
      if (listed) {
        text.append("[");
        end.insert(0, "]");
      }
      if (!key.endsWith(element)) {
        text.append("{ ");
        end.insert(0, " }");
      }
    }
    return text + value + end;
  }

  static Stream<Arguments> texts() {
    return TEXTS.stream()
        .flatMap(
            key ->
                Stream.of(
                    Arguments.of(key, "\"\"", "is empty"),
                    Arguments.of(key, "\"  \"", "is empty"),
                    Arguments.of(key, "\"a\\u0000b\"", "a\\u0000b', which holds a NUL character"),
                    Arguments.of(key, "\"\\ud800\"", "a lone surrogate")));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void refusesATextThatIsNone(String key, String value, String complaint) {
    refuses(key, value, complaint);
  }

  static Stream<Arguments> numbers() {
    return NUMBERS.stream()
        .flatMap(
            key ->
                Stream.of(
                        "1e400",
                        "-1e400",
                        "1e-400",
                        "1e999999999",
                        "9".repeat(40),
                        "NaN",
                        "Infinity")
                    .map(value -> Arguments.of(key, value)));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void refusesANumberThatNothingHolds(String key, String value) {
    refuses(key, value, "is ");
  }

  private static void refuses(String key, String value, String complaint) {
    assertThatThrownBy(() -> read(with(key, value)))
        .as(with(key, value))
        .isInstanceOf(InputException.class)
        .satisfies(
            e ->
                assertThat(e.getMessage().lines())
                    .anyMatch(
                        line ->
                            line.startsWith("sweep.conf:2: '" + key + "' ")
                                && line.contains(complaint)))
        .hasMessageNotContaining("Exception")
        .satisfies(e -> assertThat(e.getMessage().chars()).doesNotContain(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ratios[0] | 1e400 | is 1e400, which is beyond what a 64-bit number holds",
        "ratios[0] | 1e-400 | is 1e-400, which is beyond what a 64-bit number holds",
        "seed | 12345678901234567890 | is 12345678901234567890, which is beyond",
        "seed | 1.5 | is 1.5; allowed are whole numbers",
        "seed | 1e19 | allowed are whole numbers from -9223372036854775808 to 9223372036854775807",
        "attempts | 3000000000 | is 3000000000; allowed are whole numbers from 1 to 100",
        "memory.estimation | \"1e999999999 GiB\" | not a size such as",
        "memory.estimation | \"99999999 EiB\" | not a size such as",
        "memory.estimation | -5 | not a size such as"
      })
  void saysWhatIsWrongWithANumber(String key, String value, String complaint) {
    refuses(key, value, complaint);
  }

  @Test
  void readsWholeNumbersHoweverTheyAreWritten() {
    SweepConfig sweep = read("models = [a], ratios = [5e-1], seed = 1e3, memory.pruning = 5e3");
    assertThat(sweep.seed()).isEqualTo(1000);
    assertThat(sweep.ratios().get(0)).isEqualByComparingTo("0.5");
  }

  @Test
  void refusesNumbersWithinTheModelOfATrainingConfiguration() {
    assertThatThrownBy(
            () -> TrainingConfigReader.read("model { rope { theta = [1, 1e400] } }", "demo.conf"))
        .hasMessageContaining("demo.conf:1: 'model.rope.theta' is 1e400, which is beyond");
  }

  @Test
  void aNameOfSeveralLinesIsOneMistake() {
    assertThatThrownBy(() -> read("models = [a], ratios = [0.5], name = \"a\\nb\""))
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1))
        .hasMessageContaining("'a\\nb'");
  }
}
