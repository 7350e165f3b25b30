package dev.secateur.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TextRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclaredTaskTest {
  @TempDir Path folder;

  private List<ChoiceQuestion> questions(String choices, String answer, String row)
      throws IOException {
    Path file = Files.writeString(folder.resolve("rows.jsonl"), row);
    ChoiceTask task =
        new ChoiceTask(
            "own",
            new TextRef("rows.jsonl", ""),
            "Q: {q.text}\nA:",
            List.of(choices.split(";")),
            answer,
            true);
    return DeclaredTask.questions(task, file).questions();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{x};{y} | right | {\"q\": {\"text\": \"why\"}, \"x\": \"a\", \"y\": \"b\", \"right\": 1}",
        "{x};{y} | right | {\"q\": {\"text\": \"why\"}, \"x\": \"a\", \"y\": \"b\", \"right\": \"b\"}",
        "{x};{y} | right | {\"q\": {\"text\": \"why\"}, \"x\": \"a\", \"y\": \"b\", \"right\": \"B\"}",
        "{c.all} | right | {\"q\": {\"text\": \"why\"}, \"c\": {\"all\": [\"a\", \"b\"]}, \"right\": \"1\"}",
        "a;b | right | {\"q\": {\"text\": \"why\"}, \"right\": \"1\"}"
      })
  void asksWhatItsAuthorDeclares(String choices, String answer, String row) throws IOException {
    assertThat(questions(choices, answer, row))
        .containsExactly(ChoiceQuestion.of("Q: why\nA:", List.of("a", "b"), 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{x};{y} | right | {\"q\": {\"text\": \"w\"}, \"x\": \"a\", \"right\": 1} | 'y' is missing",
        "a;b | right | {\"q\": {\"text\": \"w\"}, \"right\": 2} | the answer '2' is not an index",
        "a | right | {\"q\": {\"text\": \"w\"}, \"right\": 0} | there are 1 choices",
        "a;b | right | {\"q\": \"w\", \"right\": 0} | 'q.text' is missing"
      })
  void refusesARowByLine(String choices, String answer, String row, String complaint) {
    assertThatThrownBy(() -> questions(choices, answer, row))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("rows.jsonl:1: ")
        .hasMessageContaining(complaint);
  }
}
