package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TimeLeftTest {
  private final TimeLeft left = new TimeLeft();

  private void plan(String kind, int count) {
    for (int i = 0; i < count; i++) {
      left.planned(kind);
    }
  }

  private void compute(String kind, double seconds) {
    left.took(kind, seconds);
    left.settled(kind);
  }

  private String text(TimeLeft.Running... running) {
    return left.text(List.of(running), running.length);
  }

  private static TimeLeft.Running running(String kind, double seconds) {
    return new TimeLeft.Running(kind, seconds);
  }

  @Test
  void isWhatRemainsByWhatItsKindTookSharedByTheWorkersAtWork() {
    plan("pruning", 4);
    compute("pruning", 20);
    compute("pruning", 40);
    assertThat(text(running("pruning", 10))).isEqualTo("about 50 s left");
    assertThat(text(running("pruning", 10), running("pruning", 10))).isEqualTo("about 20 s left");
    assertThat(text(running("pruning", 500))).isEqualTo("about 30 s left");
  }

  @Test
  void saysThatItIsMoreWhereAKindHasNotBeenSeen() {
    plan("pruning", 2);
    plan("recovery", 1);
    assertThat(text(running("pruning", 1))).isEmpty();
    compute("pruning", 240);
    assertThat(text(running("pruning", 0))).isEqualTo("at least 4 min left");
    plan("pruning", 59);
    assertThat(text(running("recovery", 0))).isEqualTo("at least 4 h 0 min left");
  }

  @Test
  void whatWasThereAlreadyTakesNoTimeAndNobodyAtWorkNeverEnds() {
    plan("pruning", 2);
    left.settled("pruning");
    assertThat(text(running("pruning", 1))).isEmpty();
    left.took("pruning", 5);
    assertThat(text()).isEmpty();
    left.settled("pruning");
    assertThat(text(running("pruning", 1))).isEmpty();
  }
}
