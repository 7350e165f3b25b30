package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeedTest {
  @Test
  void readsHostAndPort() {
    assertThat(Seed.of("10.0.0.1:25520")).isEqualTo(new Seed("10.0.0.1", 25520));
    assertThat(Seed.of("[::1]:1")).hasToString("[::1]:1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        "host:",
        ":25520",
        "host:0",
        "host:65536",
        "host:99999999999",
        "::1:25520",
        "http://host:7420"
      })
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Seed.of(text))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("--seed '" + text + "': give HOST:PORT");
  }
}
