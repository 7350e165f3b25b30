package dev.secateur.actors.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StampTest {
  @Test
  void eachLineBeginsWithItsTimeInSeconds() {
    StringWriter out = new StringWriter();
    PrintWriter stamped = Stamp.before(out, () -> Instant.parse("2026-11-27T03:04:05.678Z"));
    stamped.print("one ");
    stamped.println("line");
    stamped.print("two\n\nfour");
    stamped.flush();
    assertThat(out.toString().replace("\r", ""))
        .isEqualTo(
            "2026-11-27T03:04:05Z one line\n2026-11-27T03:04:05Z two\n\n2026-11-27T03:04:05Z four");
  }

  @Test
  void isTakenAwayAgain() {
    assertThat(Stamp.without("2026-11-27T03:04:05Z API: x")).isEqualTo("API: x");
    assertThat(Stamp.without("API: x")).isEqualTo("API: x");
  }
}
