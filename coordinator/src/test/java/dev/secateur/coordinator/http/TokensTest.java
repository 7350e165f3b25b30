package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
    Tokens tokens = tokens("# the office\n" + Tokens.line("secret", Optional.of(NOON)) + "\n");
    now = NOON.minusMillis(1);
    assertThat(tokens.accept("secret")).isTrue();
    now = NOON;
    assertThat(tokens.accept("secret")).isFalse();
  }

  @Test
  void aTokenIsKnownUntilItIsTakenOutOfTheFile() throws IOException {
    Tokens tokens = tokens(Tokens.line("secret", Optional.empty()) + "\n");
    assertThat(tokens.accept("secret")).isTrue();
    assertThat(tokens.accept("secre")).isFalse();
    tokens("");
    assertThat(tokens.accept("secret")).isFalse();
  }

  @Test
  void aLineThatIsNoHashIsNamed() {
    assertThatThrownBy(() -> tokens("\nsecret\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tokens:2: not a SHA-256");
    assertThatThrownBy(() -> tokens(Tokens.line("secret", Optional.empty()) + " tomorrow"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tokens:1: not a SHA-256");
  }
}
