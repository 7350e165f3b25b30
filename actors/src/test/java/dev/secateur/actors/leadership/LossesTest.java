package dev.secateur.actors.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.Address;
import akka.cluster.UniqueAddress;
import dev.secateur.actors.leadership.Losses.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LossesTest {
  private static final UniqueAddress SELF = node(1);
  private static final UniqueAddress OTHER = node(2);
  private static final UniqueAddress WORKER = node(3);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration STABLE = Duration.ofSeconds(5);

  private static UniqueAddress node(int port) {
    return new UniqueAddress(new Address("akka", "secateur", "host", port), (long) port);
  }

  private static Set<UniqueAddress> lost(Observation... observed) {
    return Losses.NONE.with(SELF, Set.of(observed), START).after(Duration.ZERO, START);
  }

  @Test
  void whomTheCoordinatorCannotReachIsLost() {
    assertThat(lost(new Observation(SELF, WORKER))).containsExactly(WORKER);
  }

  @Test
  void whatTheLostSaidOfOthersCountsForNothing() {
    assertThat(lost(new Observation(SELF, OTHER), new Observation(OTHER, WORKER)))
        .containsExactly(OTHER);
  }

  @Test
  void whoCannotReachWhomTheCoordinatorReachesIsLost() {
    assertThat(lost(new Observation(OTHER, WORKER))).containsExactly(OTHER);
    assertThat(lost(new Observation(OTHER, SELF))).containsExactly(OTHER);
  }

  @Test
  void whoSeesTheSameIsNotLost() {
    assertThat(lost(new Observation(SELF, WORKER), new Observation(OTHER, WORKER)))
        .containsExactly(WORKER);
  }

  @Test
  void aLossIsStableAfterAWhile() {
    Set<Observation> seen = Set.of(new Observation(SELF, WORKER));
    Losses losses =
        Losses.NONE.with(SELF, seen, START).with(SELF, seen, START.plus(STABLE.minusMillis(1)));
    assertThat(losses.after(STABLE, START.plus(STABLE.minusMillis(1)))).isEmpty();
    assertThat(losses.after(STABLE, START.plus(STABLE))).containsExactly(WORKER);
  }

  @Test
  void whoIsReachedAgainBeginsAnew() {
    Set<Observation> seen = Set.of(new Observation(SELF, WORKER));
    Losses losses =
        Losses.NONE
            .with(SELF, seen, START)
            .with(SELF, Set.of(), START.plusSeconds(1))
            .with(SELF, seen, START.plusSeconds(2));
    assertThat(losses.after(STABLE, START.plus(STABLE))).isEmpty();
  }
}
