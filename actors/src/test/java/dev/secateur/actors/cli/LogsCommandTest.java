package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.actors.client.FakeNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LogsCommandTest {
  @Test
  void linesThatWereLeftOutAreSaidOnStderrAlone() throws IOException {
    String answer =
        """
        {"lines": [
          {"time": "2026-01-01T00:00:01Z", "event": "lines-left-out", "message": "3 earlier lines"},
          {"time": "2026-01-01T00:00:01Z", "logger": "x", "severity": "INFO", "message": "m",
           "event": "log"}], "silent": []}
        """;
    try (FakeNode node =
        new FakeNode((exchange, request, count) -> FakeNode.answer(exchange, 200, answer))) {
      Cli.Result result = Cli.here("logs", "h/cpu", "--json", "--url", node.url());
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.err()).isEqualTo("secateur: 3 earlier lines\n");
      assertThat(result.out()).hasLineCount(1).contains("\"message\":\"m\"");
    }
  }
}
