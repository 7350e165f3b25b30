package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLineTest {
  private static final String KEY = "0123456789abcdef0123456789abcdef";

  private final List<String> asked = new ArrayList<>();
  private final EventLine lines = new EventLine(new SweepWords(this::plan));

  private JsonNode plan(String sweep) throws IOException {
    asked.add(sweep);
    if (!sweep.equals("s-1")) {
      throw new IOException("no such sweep");
    }
    return Json.MAPPER.readTree(
        "{\"trials\":[\"m, block 0.25 l2 sum\"],\"stages\":[{\"stage\":\""
            + KEY
            + "\",\"kind\":\"pruning\",\"words\":\"pruning of m, block 0.25 l2 sum\"}]}");
  }

  private String line(String fields) throws IOException {
    return lines.of(Json.MAPPER.readTree("{\"time\":\"2026-11-27T03:04:05.678Z\"," + fields + "}"));
  }

  @Test
  void namesStageTrialsAndNumbersInWordsWithoutMilliseconds() throws IOException {
    String done =
        "\"sequence\":7,\"event\":\"stage-completed\",\"sweep\":\"%s\",\"stage\":\""
            + KEY
            + "\",\"kind\":\"pruning\",\"lease\":3,\"trials\":[0,2],\"worker\":\"h/cpu\",\"seconds\":1.25,"
            + "\"sha256\":\"ff\",\"metrics\":{\"perplexity\":12.3456}";
    assertThat(line(done.formatted("s-1")))
        .isEqualTo(
            "2026-11-27T03:04:05Z #7 stage-completed pruning of m, block 0.25 l2 sum: trials 0, 2"
                + " 1.3 s perplexity 12.346 worker=h/cpu sweep=s-1");
    assertThat(line(done.formatted("s-2")))
        .startsWith("2026-11-27T03:04:05Z #7 stage-completed pruning 0123456789ab: trials 0, 2");
    assertThat(line("\"event\":\"trial-failed\",\"sweep\":\"s-1\",\"trial\":0,\"reason\":\"why\""))
        .isEqualTo(
            "2026-11-27T03:04:05Z trial-failed trial 0 (m, block 0.25 l2 sum) reason=why sweep=s-1");
    assertThat(asked).as("once for each sweep").containsExactly("s-1", "s-2");
  }

  @Test
  void manyTrialsAreCountedAndAPlanIsAskedForAgainWhereItChanged() throws IOException {
    assertThat(
            line(
                "\"event\":\"stage-leased\",\"sweep\":\"s-1\",\"attempt\":2,\"stage\":\""
                    + KEY
                    + "\",\"trials\":[0,1,2,3,4]"))
        .contains("attempt 2: 5 trials");
    line("\"event\":\"sweep-extended\",\"sweep\":\"s-1\",\"trials\":9,\"stages\":20");
    line("\"event\":\"trial-completed\",\"sweep\":\"s-1\",\"trial\":0");
    assertThat(asked).containsExactly("s-1", "s-1");
  }

  @Test
  void whatIsReusedHasTakenNoTime() throws IOException {
    assertThat(
            line(
                "\"event\":\"stage-reused\",\"sweep\":\"s-1\",\"seconds\":24.5,\"stage\":\""
                    + KEY
                    + "\",\"trials\":[0]"))
        .isEqualTo(
            "2026-11-27T03:04:05Z stage-reused pruning of m, block 0.25 l2 sum: trial 0 sweep=s-1");
  }

  @Test
  void aPlanThatDidNotComeIsAskedForAgain() throws IOException {
    String completed = "\"event\":\"trial-completed\",\"sweep\":\"%s\",\"trial\":0";
    line(completed.formatted("s-2"));
    line(completed.formatted("s-2"));
    line(completed.formatted("s-1"));
    line(completed.formatted("s-1"));
    assertThat(asked).containsExactly("s-2", "s-2", "s-1");
  }

  @Test
  void whatHappensAllTheTimeIsNoise() throws IOException {
    assertThat(EventLine.isNoise(Json.MAPPER.readTree("{\"event\":\"worker-idle\"}"))).isTrue();
    assertThat(EventLine.isNoise(Json.MAPPER.readTree("{\"event\":\"worker-busy\"}"))).isTrue();
    assertThat(EventLine.isNoise(Json.MAPPER.readTree("{\"event\":\"worker-left\"}"))).isFalse();
  }
}
