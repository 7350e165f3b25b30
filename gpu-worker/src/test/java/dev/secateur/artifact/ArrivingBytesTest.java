package dev.secateur.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ArrivingBytesTest {
  /** Sends nothing until it is closed. */
  private static final class Silent extends InputStream {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public int read() throws IOException {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("closed");
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return read();
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  private static ArrivingBytes arriving(InputStream body, Duration silence, Consumer<Long> told) {
    return new ArrivingBytes(body, e -> new StoreAwayException("away", e), told, silence);
  }

  @Test
  void silenceFailsAsTheStoreDoes() throws IOException {
    try (InputStream bytes = arriving(new Silent(), Duration.ofMillis(20), count -> {})) {
      assertThatThrownBy(bytes::read).isInstanceOf(StoreAwayException.class);
    }
  }

  @Test
  void whoIsToldCanGiveUpWhileNothingComes() throws IOException {
    Consumer<Long> cancelled =
        count -> {
          throw new CancellationException("given up");
        };
    try (InputStream bytes = arriving(new Silent(), Duration.ofMinutes(5), cancelled)) {
      assertThatThrownBy(bytes::read).isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void whatComesIsWhatWasSent() throws IOException {
    byte[] sent = {1, -1, 3};
    try (InputStream bytes =
        arriving(new ByteArrayInputStream(sent), Duration.ofMinutes(5), count -> {})) {
      assertThat(bytes.readAllBytes()).isEqualTo(sent);
      assertThat(bytes.read()).isEqualTo(-1);
    }
  }
}
