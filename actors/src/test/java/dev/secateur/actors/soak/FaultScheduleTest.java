package dev.secateur.actors.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultScheduleTest {
  private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);

  @ParameterizedTest
  @EnumSource(Fault.class)
  void eachFaultHappensThreeTimesInFiveMinutes(Fault fault) {
    for (long seed = 0; seed < 20; seed++) {
      assertThat(FaultSchedule.of(seed, FIVE_MINUTES).count(fault)).as("seed " + seed).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void eachFaultHappensInThreeMinutes(Fault fault) {
    for (long seed = 0; seed < 20; seed++) {
      assertThat(FaultSchedule.of(seed, Duration.ofMinutes(3)).count(fault))
          .as("seed " + seed)
          .isBetween(1L, 2L);
    }
  }

  @Test
  void theSameSeedGivesTheSameSchedule() {
    assertThat(FaultSchedule.of(7, FIVE_MINUTES)).isEqualTo(FaultSchedule.of(7, FIVE_MINUTES));
    assertThat(FaultSchedule.of(7, FIVE_MINUTES)).isNotEqualTo(FaultSchedule.of(8, FIVE_MINUTES));
  }

  @Test
  void aLongerScheduleBeginsAsAShorterOne() {
    List<FaultSchedule.Step> shorter = FaultSchedule.of(3, Duration.ofMinutes(1)).steps();
    assertThat(FaultSchedule.of(3, FIVE_MINUTES).steps())
        .startsWith(shorter.toArray(new FaultSchedule.Step[0]));
    assertThat(shorter).hasSize(6);
  }

  @Test
  void aFaultHappensAtLeastEveryFifteenSecondsAndWithinTheTime() {
    Duration last = Duration.ZERO;
    for (FaultSchedule.Step step : FaultSchedule.of(1, FIVE_MINUTES).steps()) {
      assertThat(step.at().minus(last)).isBetween(Duration.ZERO, Duration.ofSeconds(15));
      last = step.at();
    }
    assertThat(last).isLessThan(FIVE_MINUTES).isGreaterThan(Duration.ofSeconds(285));
  }
}
