package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkersCommandTest {
  private static String work(String task) throws IOException {
    return WorkersCommand.work(Json.MAPPER.readTree("{" + task + "}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3 | 8 | loss 2.5 | evaluation of s, 3 of 8 loss 2.5",
        "0 | 0 | waiting for the coordinator's store | evaluation of s, waiting for the coordinator's store",
        "0 | 0 | '' | evaluation of s",
        "3 | 8 | '' | evaluation of s, 3 of 8",
      },
      quoteCharacter = '"')
  void aStageThatCountsNothingHasNoCount(int done, int total, String note, String said)
      throws IOException {
    String progress =
        "{\"done\":%d,\"total\":%d,\"note\":\"%s\"}".formatted(done, total, note.replace("''", ""));
    assertThat(
            work(
                "\"task\":{\"kind\":\"evaluation\",\"sweep\":\"s\",\"progress\":" + progress + "}"))
        .isEqualTo(said);
  }

  @Test
  void whoHasNoTaskIsIdle() throws IOException {
    assertThat(work("\"task\":null")).isEqualTo("idle");
  }
}
