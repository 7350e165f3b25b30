package dev.secateur.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.failsafe.RetryPolicy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class RetriesTest {
  private static final Duration PAUSE = Duration.ofMillis(1);
  private static final RetryPolicy<Object> UNLIMITED =
      Retries.unlimited(PAUSE).handle(IOException.class).build();

  private final List<Throwable> failures = new ArrayList<>();

  @Test
  void callsUntilItSucceedsAndTellsTheWorkWhyItFailed() throws Exception {
    assertThat(
            Retries.<Object, Integer>call(
                UNLIMITED,
                context -> {
                  failures.add(context.getLastException());
                  if (failures.size() < 4) {
                    throw new IOException("attempt " + failures.size());
                  }
                  return failures.size();
                }))
        .isEqualTo(4);
    assertThat(failures.get(0)).isNull();
    assertThat(failures.get(3)).hasMessage("attempt 3");
  }

  @Test
  void throwsTheLastFailureItself() {
    for (Duration patience : List.of(Duration.ZERO, Duration.ofMillis(20))) {
      failures.clear();
      RetryPolicy<Object> policy =
          Retries.within(patience, PAUSE).handle(FileNotFoundException.class).build();
      assertThatThrownBy(() -> Retries.call(policy, context -> failing()))
          .isSameAs(failures.get(failures.size() - 1));
      assertThat(failures.size() > 1).isEqualTo(!patience.isZero());
    }
  }

  private Void failing() throws IOException {
    FileNotFoundException failure = new FileNotFoundException();
    failures.add(failure);
    throw failure;
  }

  @Test
  void doesNotRetryWhatThePolicyDoesNotName() {
    assertThatThrownBy(
            () ->
                Retries.call(
                    UNLIMITED,
                    context -> {
                      failures.add(null);
                      throw new CancellationException();
                    }))
        .isInstanceOf(CancellationException.class);
    assertThat(failures).hasSize(1);
  }

  @Test
  void anInterruptedPauseEndsIt() {
    RetryPolicy<Object> slow =
        Retries.unlimited(Duration.ofHours(1)).handle(IOException.class).build();
    assertThatThrownBy(
            () ->
                Retries.call(
                    slow,
                    context -> {
                      Thread.currentThread().interrupt();
                      return failing();
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.currentThread().isInterrupted()).as("the exception says it").isFalse();
    assertThat(failures).hasSize(1);
  }
}
