package dev.secateur.actors.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import dev.secateur.actors.leadership.Standing.Holder;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.protocol.CoordinatorMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node of a real cluster, and a lease that says what the test has it say. */
class LeadershipTest {
  private static final Duration LEASE = Duration.ofSeconds(2);
  private static final Standing FREE = new Standing(new Standing.Free(), List.of());
  private static final Standing OWN = new Standing(new Standing.Own(3), List.of());
  private static final Standing OTHERS = new Standing(new Holder("127.0.0.1:1", 4), List.of());

  private final List<String> happened = new CopyOnWriteArrayList<>();
  private final ScriptedLease lease = new ScriptedLease();
  private ActorSystem<Void> system;

  private final class ScriptedLease implements JournalLease {
    private volatile Optional<Standing> standing = Optional.of(FREE);
    private volatile Standing onceTaken = OWN;

    @Override
    public Duration duration() {
      return LEASE;
    }

    @Override
    public Standing look(boolean joined) throws LeaseException {
      return standing.orElseThrow(() -> new LeaseException("the cable is out", null));
    }

    @Override
    public Standing take(boolean joined) {
      standing = Optional.of(onceTaken);
      return onceTaken;
    }

    @Override
    public void release() {
      happened.add("released");
    }
  }

  private void start(boolean joinsOthers) {
    Leadership.Listener listener =
        new Leadership.Listener() {
          @Override
          public void joins(List<String> addresses) {
            happened.add("joins " + addresses);
          }

          @Override
          public void says(String line) {
            happened.add(line);
          }
        };
    Leadership.Part part =
        new Leadership.Part(
            lease,
            joinsOthers,
            Duration.ofSeconds(5),
            Behaviors.setup(
                context -> {
                  happened.add("started");
                  return Behaviors.receive(CoordinatorMessage.class)
                      .onSignal(
                          PostStop.class,
                          stop -> {
                            happened.add("stopped");
                            return Behaviors.same();
                          })
                      .build();
                }));
    CoordinatorLink.Way way =
        new CoordinatorLink.Way("coordinator", List.of(), CoordinatorLink.Way.FOREVER);
    system =
        ActorSystem.create(
            Behaviors.setup(
                context -> {
                  ActorRef<CoordinatorMessage> link =
                      context.spawn(CoordinatorLink.create(way, new SteadyClock()), "link");
                  context.spawn(
                      Leadership.create(part, link, listener, new SteadyClock()), Leadership.NAME);
                  return Behaviors.empty();
                }),
            "secateur",
            NodeSettings.load(Optional.empty())
                .with(Map.of("akka.cluster.roles", List.of("coordinator")))
                .config());
  }

  @AfterEach
  void stop() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  private void awaitWhat(String... all) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(happened).containsExactly(all));
  }

  private String whyItEnded() {
    system.getWhenTerminated().toCompletableFuture().join();
    CoordinatedShutdown.Reason reason =
        CoordinatedShutdown.get(system).getShutdownReason().orElseThrow();
    return ((EndedBecause) reason).why();
  }

  @Test
  void takesWhatIsFreeAndFormsACluster() {
    start(true);
    awaitWhat("started");
    await().until(() -> Cluster.get(system).selfMember().status() == MemberStatus.up());
  }

  @Test
  void isNotAtWorkWhileItCannotRenewAndGoesOnAfterwards() {
    start(true);
    awaitWhat("started");
    lease.standing = Optional.empty();
    awaitWhat(
        "started",
        "the journal's database does not answer: the cable is out",
        "this coordinator is not active: it could not renew its lease on the journal: the"
            + " cable is out",
        "stopped");
    lease.standing = Optional.of(OWN);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(happened).endsWith("the journal's database answers again", "started"));
  }

  @Test
  void endsOnceAnotherHasTakenOver() {
    start(true);
    awaitWhat("started");
    lease.standing = Optional.of(OTHERS);
    assertThat(whyItEnded()).contains("the coordinator 127.0.0.1:1 took over the journal (term 4)");
    assertThat(happened).contains("stopped");
  }

  @Test
  void asksTheHolderToTakeItUp() {
    lease.standing = Optional.of(OTHERS);
    start(true);
    awaitWhat("joins [127.0.0.1:1]");
  }

  @Test
  void whoHasAClusterToItselfEndsWhereAnotherHoldsTheJournal() {
    lease.standing = Optional.of(OTHERS);
    start(false);
    assertThat(whyItEnded())
        .isEqualTo(
            "a coordinator at 127.0.0.1:1 is active on this journal; submit the sweep to it");
    assertThat(happened).isEmpty();
  }
}
