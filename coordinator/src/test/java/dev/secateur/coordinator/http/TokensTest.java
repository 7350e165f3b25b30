package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  @TempDir private Path folder;
  private Instant now = NOON;

  private Tokens tokens(String text) throws IOException {
    return new Tokens(Files.writeString(folder.resolve("tokens"), text), () -> now);
  }

  @Test
  void aTokenExpires() throws IOException {
    Tokens tokens =
        tokens(
            "# the office\n" + Tokens.line("secret", Optional.of(NOON), Optional.empty()) + "\n");
    now = NOON.minusMillis(1);
    assertThat(tokens.accept("secret")).isTrue();
    now = NOON;
    assertThat(tokens.accept("secret")).isFalse();
  }

  @Test
  void aTokenIsKnownUntilItIsTakenOutOfTheFile() throws IOException {
    Tokens tokens = tokens(line("secret", "") + "\n");
    assertThat(tokens.accept("secret")).isTrue();
    assertThat(tokens.accept("secre")).isFalse();
    tokens("");
    assertThat(tokens.accept("secret")).isFalse();
  }

  private static String line(String token, String name) {
    return Tokens.line(
        token, Optional.empty(), name.isEmpty() ? Optional.empty() : Optional.of(name));
  }

  @Test
  void aTokenSaysWhoseItIs() throws IOException {
    Tokens tokens =
        tokens(
            line("hers", "ana")
                + " # of the office\n"
                + Tokens.line("old", Optional.of(NOON), Optional.of("bert"))
                + "\n"
                + line("nameless", "")
                + "\n");
    assertThat(tokens.owner("hers")).contains("ana");
    assertThat(tokens.owner("old")).isEmpty();
    assertThat(tokens.owner("unknown")).isEmpty();
    String hash = line("nameless", "");
    assertThat(tokens.owner("nameless")).contains("token-" + hash.substring(0, 8));
  }

  @Test
  void aNameThatIsNoneIsRefused() {
    assertThatThrownBy(() -> line("secret", "ana\u001b[31m"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "the name of a token is 'ana\\u001b[31m'; allowed are letters, digits, '.', '_' and"
                + " '-', 64 at most");
    for (String rest : List.of(" name=", " name=<b>", " ana", " name=ana 2027-01-01T00:00:00Z")) {
      assertThatThrownBy(() -> tokens(line("secret", "") + rest))
          .as(rest)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("tokens:1: not a SHA-256");
    }
  }

  @Test
  void aLineThatIsNoHashIsNamed() {
    assertThatThrownBy(() -> tokens("\nsecret\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tokens:2: not a SHA-256");
    assertThatThrownBy(() -> tokens(line("secret", "") + " tomorrow"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tokens:1: not a SHA-256");
  }
}
