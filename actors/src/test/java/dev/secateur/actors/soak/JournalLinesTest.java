package dev.secateur.actors.soak;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Test;

class JournalLinesTest {
  private static String event(long sequence, String event, String sweep, String stage) {
    return "event:%2$s\nid:%1$d\ndata:{\"sequence\":%1$d,\"event\":\"%2$s\",\"sweep\":\"%3$s\",\"stage\":\"%4$s\"}\n\n"
        .formatted(sequence, event, sweep, stage);
  }

  @Test
  void anotherSweepMayCompleteTheSameStageOnceMore() throws JsonProcessingException {
    JournalLines journal =
        JournalLines.of(
            event(1, "stage-completed", "a", "x") + event(2, "stage-completed", "b", "x"));
    assertThat(journal.completedTwice()).isEmpty();
    assertThat(journal.outOfSequence()).isEmpty();
    assertThat(journal.count("stage-completed")).isEqualTo(2);
  }

  @Test
  void findsAStageThatASweepCompletedTwice() throws JsonProcessingException {
    JournalLines journal =
        JournalLines.of(
            event(1, "stage-completed", "a", "x")
                + event(2, "stage-completed", "a", "y")
                + event(3, "stage-completed", "a", "x"));
    assertThat(journal.completedTwice())
        .singleElement()
        .satisfies(event -> assertThat(event.get("sequence").asLong()).isEqualTo(3));
  }

  @Test
  void findsAGap() throws JsonProcessingException {
    JournalLines journal =
        JournalLines.of(event(1, "stage-leased", "a", "x") + event(3, "stage-leased", "a", "y"));
    assertThat(journal.outOfSequence()).hasSize(1);
  }
}
