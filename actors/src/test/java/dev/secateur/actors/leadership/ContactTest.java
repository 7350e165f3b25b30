package dev.secateur.actors.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.actors.leadership.Presence.Active;
import dev.secateur.actors.leadership.Presence.Answer;
import dev.secateur.actors.leadership.Presence.NodeId;
import dev.secateur.actors.leadership.Presence.Standby;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ContactTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Answer leads(String host, boolean member, long term) {
    return new Answer(new NodeId(host + ":1", 7), member, new Active(null, term));
  }

  private static Answer standsBy(String host, boolean member) {
    return new Answer(new NodeId(host + ":1", 7), member, new Standby());
  }

  private static Instant after(int seconds) {
    return START.plusSeconds(seconds);
  }

  private static Contact contact() {
    return Contact.at(START);
  }

  private static String leader(Contact contact) {
    return ((Contact.Heard) contact.leader()).at();
  }

  @Test
  void followsTheHighestTerm() {
    Contact contact = contact().with(leads("b", true, 2), START).with(leads("a", true, 1), START);
    assertThat(leader(contact)).isEqualTo("b:1");
    assertThat(leader(contact.with(leads("c", true, 3), START))).isEqualTo("c:1");
  }

  @Test
  void aCoordinatorThatIsSilentIsNotWhereItWas() {
    Contact contact = contact().with(leads("b", true, 2), START);
    assertThat(contact.active(after(9))).isPresent();
    assertThat(contact.active(after(10))).isEmpty();
    assertThat(contact.with(standsBy("c", true), after(9)).active(after(10))).isEmpty();
  }

  @Test
  void aNodeThatLeadsNoMoreSaysSo() {
    Contact contact = contact().with(leads("b", true, 2), START);
    assertThat(contact.with(standsBy("b", true), after(1)).active(after(1))).isEmpty();
    assertThat(contact.with(standsBy("c", true), after(1)).active(after(1))).isPresent();
  }

  @Test
  void whomTheCoordinatorDoesNotKnowForAWhileEnds() {
    Contact contact = contact().with(leads("b", false, 2), START);
    assertThat(contact.end(after(9), PATIENCE)).isEmpty();
    assertThat(contact.with(leads("b", false, 2), after(9)).end(after(10), PATIENCE))
        .contains("the coordinator at b:1 does not count this node as a member of its cluster");
    assertThat(contact.with(leads("b", true, 2), after(9)).end(after(10), PATIENCE)).isEmpty();
  }

  @Test
  void aCoordinatorThatStandsByMayBeOfAnotherCluster() {
    Contact contact = contact().with(standsBy("b", false), START);
    assertThat(contact.end(after(30), PATIENCE)).isEmpty();
  }

  @Test
  void whomAClusterRemovedEndsUnlessItFollowsAnother() {
    Contact contact = contact().with(leads("b", true, 2), START).removed("a:1", START);
    assertThat(contact.end(after(9), PATIENCE)).isEmpty();
    assertThat(contact.end(after(10), PATIENCE))
        .contains("the cluster of a:1 has removed this node");
    assertThat(contact.with(leads("b", true, 2), after(9)).end(after(10), PATIENCE)).isEmpty();
  }

  @Test
  void aWorkerThatHearsOfNobodyEndsAfterAWhile() {
    Contact contact = contact().with(standsBy("c", true), after(10));
    assertThat(contact.end(after(69), PATIENCE)).isEmpty();
    assertThat(contact.end(after(70), PATIENCE))
        .contains("no coordinator has answered this node for 60 s");
    assertThat(contact.end(after(700), CoordinatorLink.Way.FOREVER)).isEmpty();
  }
}
