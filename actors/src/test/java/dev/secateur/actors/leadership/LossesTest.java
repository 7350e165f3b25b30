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
  private static final Set<UniqueAddress> MEMBERS = Set.of(SELF, OTHER, WORKER);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration STABLE = Duration.ofSeconds(5);

  private static UniqueAddress node(int port) {
    return new UniqueAddress(new Address("akka", "secateur", "host", port), (long) port);
  }

  private static Set<UniqueAddress> lost(Observation... observed) {
    return seen(Losses.NONE, Set.of(observed), START).after(Duration.ZERO, START);
  }

  private static Losses seen(Losses before, Set<Observation> observed, Instant now) {
    return before.with(SELF, MEMBERS, observed, false, now);
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
    Losses losses = seen(seen(Losses.NONE, seen, START), seen, START.plus(STABLE.minusMillis(1)));
    assertThat(losses.after(STABLE, START.plus(STABLE.minusMillis(1)))).isEmpty();
    assertThat(losses.after(STABLE, START.plus(STABLE))).containsExactly(WORKER);
  }

  @Test
  void whoIsReachedAgainBeginsAnew() {
    Set<Observation> seen = Set.of(new Observation(SELF, WORKER));
    Losses first = seen(Losses.NONE, seen, START);
    Losses losses = seen(seen(first, Set.of(), START.plusSeconds(1)), seen, START.plusSeconds(2));
    assertThat(losses.after(STABLE, START.plus(STABLE))).isEmpty();
  }

  @Test
  void whoIsNoMemberAnyMoreIsForgotten() {
    Losses losses =
        Losses.NONE.with(
            SELF, Set.of(SELF, OTHER), Set.of(new Observation(SELF, WORKER)), false, START);
    assertThat(losses).isEqualTo(Losses.NONE);
  }

  @Test
  void whoReachesNobodyIsCutOffIfOtherCoordinatorsAreWell() {
    Set<Observation> all = Set.of(new Observation(SELF, WORKER), new Observation(SELF, OTHER));
    Losses alone = Losses.NONE.with(SELF, MEMBERS, all, false, START);
    assertThat(alone.after(Duration.ZERO, START)).containsExactlyInAnyOrder(WORKER, OTHER);
    assertThat(alone.isCutOff(Duration.ZERO, START)).isFalse();
    Losses cutOff = Losses.NONE.with(SELF, MEMBERS, all, true, START);
    assertThat(cutOff.after(Duration.ZERO, START)).as("it may be this node itself").isEmpty();
    assertThat(cutOff.isCutOff(STABLE, START.plusSeconds(4))).isFalse();
    assertThat(cutOff.isCutOff(STABLE, START.plusSeconds(5))).isTrue();
  }

  @Test
  void whoReachesSomebodyIsNotCutOff() {
    Losses losses =
        Losses.NONE.with(SELF, MEMBERS, Set.of(new Observation(SELF, OTHER)), true, START);
    assertThat(losses.isCutOff(Duration.ZERO, START)).isFalse();
    assertThat(losses.after(Duration.ZERO, START)).containsExactly(OTHER);
  }

  @Test
  void saysWhyANodeIsLost() {
    Instant later = START.plusSeconds(6);
    Set<Observation> silent = Set.of(new Observation(SELF, WORKER));
    assertThat(seen(Losses.NONE, silent, START).why(SELF, WORKER, silent, later))
        .isEqualTo("it has not been reached for 6 s");
    Set<Observation> apart = Set.of(new Observation(OTHER, WORKER));
    assertThat(seen(Losses.NONE, apart, START).why(SELF, OTHER, apart, later))
        .isEqualTo("for 6 s it has not reached host:3, which this node reaches");
  }
}
