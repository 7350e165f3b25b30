package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A comment that touches a value is no comment, but a value that lacks its quotes. */
class CutValuesTest {
  private static final String GRID = "models = [a]\nratios = [0.5]\n";

  private static SweepConfig read(String text) {
    return SweepConfigReader.read(text, "sweep.conf", new FakeSources("/models"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "evaluation { text = hash.jsonl#story } | 'evaluation.text' | '#story'",
        "evaluation.text = hash.jsonl#story | 'evaluation.text' | '#story'",
        "evaluation { window = 64, text = hash.jsonl#story, windows = 2 } | 'evaluation.text' | '#s",
        "evaluation { text : \"hash.jsonl\"#story } | 'evaluation.text' | '#story'",
        "evaluation { tasks = ${name}#story } | 'evaluation.tasks' | '#story'",
        "recovery { data = data//alpaca.json } | 'recovery.data' | '//alpaca.json'",
        "calibration { text = http://host/x } | 'calibration.text' | '//host/x'",
        "evaluation { generate { prompts = [one, C#] } } | 'evaluation.generate.prompts[1]' | '#'",
        "evaluation { choice-tasks = [{ file = a.jsonl#q }] } | choice-tasks[0].file' | '#q'",
        "seed = 42#the answer | 'seed' | '#the'",
        "name#x = y | 'name' | '#x'"
      })
  void refusesAValueThatACommentCuts(String line, String key, String cut) {
    assertThatThrownBy(() -> read(GRID + line + "\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sweep.conf:3: ")
        .hasMessageContaining(key)
        .hasMessageContaining("is cut before " + cut)
        .hasMessageContaining("put the whole value in quotes");
  }

  @Test
  void countsTheElementsAndLinesOfALongList() {
    assertThatThrownBy(() -> read("ratios = [0.5]\nmodels = [\n  a\n  \"b\",\n\n  c#d\n]"))
        .hasMessageContaining("sweep.conf:6: 'models[2]' is cut before '#d'")
        .hasMessageNotContaining("\n");
  }

  @Test
  void namesEveryValueThatIsCut() {
    assertThatThrownBy(() -> read("models = [a#b\n c]\nratios = [0.5]\nname = x//y"))
        .hasMessageContaining("sweep.conf:1: 'models[0]'")
        .hasMessageContaining("sweep.conf:4: 'name'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "# a whole line\n",
        "// a whole line\n",
        "#no space\n//nor here\n",
        "name = x # half\n",
        "name = x // comment\n",
        "name = \"x\" # half\n",
        "steps = [1]# half\n",
        "steps = [1, # one\n 2] // two\n",
        "steps = [1,# one\n #3,\n 2]\n",
        "evaluation {# of texts\n window = 3\n}# the end",
        "evaluation { text = \"\"\"a#b//c\nd#e\"\"\" }",
        "evaluation { text = \"a \\\" #b\" }",
        "evaluation { text = a/b/c }"
      })
  void leavesHonestCommentsAndQuotedTextsAlone(String text) {
    assertThat(read(GRID + text).models()).isEqualTo(List.of("a"));
  }

  @Test
  void readsAQuotedColumn() {
    assertThat(read(GRID + "evaluation { text = \"hash.jsonl#story\" }").evaluation().text().name())
        .isEqualTo("hash.jsonl#story");
  }

  @Test
  void refusesCutValuesOfATrainingConfigurationToo() {
    assertThatThrownBy(
            () -> TrainingConfigReader.read("model { model_type = llama#2 }", "demo.conf"))
        .hasMessageContaining("demo.conf:1: 'model.model_type' is cut before '#2'");
  }
}
