package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import akka.stream.javadsl.Source;
import dev.secateur.coordinator.events.ListedJournal;
import dev.secateur.coordinator.golden.GoldenScenario;
import org.junit.jupiter.api.Test;

class EventFeedTest {
  private static final int ALL = GoldenScenario.events().size();

  private final EventFeed feed =
      new EventFeed(new ListedJournal(GoldenScenario.events()), Source::empty);

  @Test
  void theNewestEventsBeginAfterThoseBeforeThem() {
    assertThat(feed.before(3)).isEqualTo(ALL - 3);
    assertThat(feed.before(0)).isEqualTo(ALL);
    assertThat(feed.before(ALL + 1)).isZero();
  }
}
