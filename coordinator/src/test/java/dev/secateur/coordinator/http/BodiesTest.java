package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

class BodiesTest {
  @Test
  void whatIsAsLargeAsMayBeIsReadWhole() throws IOException {
    byte[] sent = new byte[100_000];
    try (InputStream body = new Bodies.Limited(new ByteArrayInputStream(sent), sent.length)) {
      assertThat(body.readAllBytes()).isEqualTo(sent);
    }
  }

  @Test
  void whatIsTooLargeIsRefusedAfterItWasReadToItsEnd() {
    ByteArrayInputStream sent = new ByteArrayInputStream(new byte[100_000]);
    InputStream body = new Bodies.Limited(sent, 99_999);
    assertThatThrownBy(body::readAllBytes).isInstanceOf(Bodies.TooLarge.class);
    assertThat(sent.available()).isZero();
  }

  @Test
  void bytesThatAreReadOneByOneCountToo() throws IOException {
    InputStream body = new Bodies.Limited(new ByteArrayInputStream(new byte[2]), 1);
    assertThat(body.read()).isZero();
    assertThatThrownBy(body::read).isInstanceOf(Bodies.TooLarge.class);
  }
}
