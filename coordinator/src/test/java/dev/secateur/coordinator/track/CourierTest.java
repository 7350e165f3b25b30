package dev.secateur.coordinator.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secateur.protocol.Notice;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CourierTest {
  private final ScheduledThreadPoolExecutor threads = new ScheduledThreadPoolExecutor(2);
  private final List<Notice> notices = new CopyOnWriteArrayList<>();
  private final List<Snapshot> told = new CopyOnWriteArrayList<>();
  private final CountDownLatch isBack = new CountDownLatch(1);
  private final AtomicInteger failures = new AtomicInteger();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private Courier courier(Target target) {
    return new Courier(
        TrackingFixture.SWEEP,
        target,
        threads,
        new Tracker.Patience(Duration.ofMillis(1), Duration.ofMillis(4)),
        notices::add,
        () -> {});
  }

  private Target absentAtFirst() {
    return new Target() {
      @Override
      public String name() {
        return "webhook";
      }

      @Override
      public void update(Snapshot snapshot) throws IOException {
        if (isBack.getCount() > 0) {
          failures.incrementAndGet();
          throw new IOException("not here");
        }
        told.add(snapshot);
      }
    };
  }

  @Test
  void tellsTheNewestOnceTheTargetIsBackAndSaysSo() {
    Courier courier = courier(absentAtFirst());
    Snapshot newest = TrackingFixture.running(2);
    courier.offer(TrackingFixture.running(1));
    await().until(() -> failures.get() > 3);
    courier.offer(newest);
    int before = failures.get();
    await().until(() -> failures.get() > before + 1); // the attempt with the first one is over
    isBack.countDown();
    await()
        .untilAsserted(
            () ->
                assertThat(notices)
                    .extracting(Notice::event)
                    .containsExactly("tracking-failed", "tracking-resumed"));
    assertThat(told).containsExactly(newest);

    Snapshot next = TrackingFixture.running(3);
    courier.offer(next);
    await().until(() -> told.contains(next));
  }

  @Test
  void takesWhatNobodyTellsAnyMoreWhenTheCoordinatorEnds() {
    isBack.countDown();
    Courier courier = courier(absentAtFirst());
    threads.shutdownNow();
    courier.offer(TrackingFixture.running(1));
    courier.offer(TrackingFixture.running(2));
    assertThat(told).isEmpty();
  }
}
