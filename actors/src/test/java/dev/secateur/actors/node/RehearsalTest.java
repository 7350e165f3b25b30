package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.source.LocalFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What would fail a sweep's stages for their input is told before any runs. */
class RehearsalTest {
  @TempDir static Path folder;

  private static Rehearsed rehearse(String text) {
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    return sources.rehearse(
        SweepPlanner.plan(
            SweepConfigReader.read("models = [demo]\n" + text, "sweep.conf", sources), sources));
  }

  private static String write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ratios = [0.9], targets = [parameters], layers { first = 3, end = 4 } | 'ratios' of model"
            + " 'demo': 1 trials of strategy block, target parameters: a ratio of 0.9 asks for",
        "ratios = [0.5], calibration { length = 100000, samples = 1000 } | 'calibration.length' of"
            + " model 'demo': is 100000, and the model has positions for",
        "ratios = [0.5], evaluation { window = 50000 } | 'evaluation.window' of model 'demo': is"
            + " 50000, and the model has positions for",
        "ratios = [0.5], recovery { cutoff = 2, steps = 1 } | 'recovery' of model 'demo': wordnet: none of"
      })
  void whatTheModelOrTheBuiltInDataCannotDo(String text, String problem) {
    assertThat(rehearse(text).problems())
        .anySatisfy(line -> assertThat(line).startsWith(problem).hasLineCount(1));
  }

  @Test
  void whatFilesDoNotHold() throws IOException {
    String brief = write("brief.txt", "A text of a few words.\n");
    assertThat(rehearse("ratios = [0.5], calibration.text = \"" + brief + "\"").problems())
        .singleElement()
        .asString()
        .startsWith("'calibration' of model 'demo': " + brief)
        .contains("too short");
    assertThat(rehearse("ratios = [0.5], evaluation.text = \"" + brief + "\"").problems())
        .singleElement()
        .asString()
        .startsWith("'evaluation.text' of model 'demo': ")
        .contains("too few for one window");
    String rows = write("rows.jsonl", "{\"q\": \"one?\", \"a\": \"1\", \"b\": \"2\", \"n\": 0}\n");
    String task =
        "ratios = [0.5], evaluation.choice-tasks = [{ name = own, file = \"%s\", template ="
            + " \"{question}\", choices = [\"{a}\", \"{b}\"], answer = n }]";
    assertThat(rehearse(task.formatted(rows)).problems())
        .singleElement()
        .asString()
        .startsWith("'evaluation.choice-tasks' of model 'demo': " + rows + ":1: ")
        .contains("'question' is missing");
    assertThat(rehearse(task.replace("{question}", "{q}").formatted(rows)).problems()).isEmpty();
  }

  @Test
  void eachThingIsToldOnce() {
    Rehearsed rehearsed =
        rehearse(
            "ratios = [0.1, 0.2, 0.3], strategies = [block, channel], criteria = [l1, taylor-vector]"
                + ", evaluation.window = 50000");
    assertThat(rehearsed.problems()).hasSize(1);
    assertThatThrownBy(() -> rehearsed.check("sweep.conf"))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("sweep.conf: 'evaluation.window' of model 'demo'");
  }

  @Test
  void sizesArePredictedOnceForAllCriteria() {
    Rehearsed rehearsed =
        rehearse(
            "ratios = [0.25], criteria = [l1, taylor-vector], scopes = [local, global], targets ="
                + " [parameters], layers { first = 0, end = 8 }");
    assertThat(rehearsed.problems()).isEmpty();
    assertThat(rehearsed.sizes()).hasSize(2);
    for (PredictedSize size : rehearsed.sizes()) {
      assertThat(size.trials()).isEqualTo(2);
      assertThat(size.parameters() / (double) size.before()).isBetween(0.74, 0.78);
      assertThat(size.macs()).isPositive();
    }
  }
}
