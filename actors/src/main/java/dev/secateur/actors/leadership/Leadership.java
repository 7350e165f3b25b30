package dev.secateur.actors.leadership;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent.ReachabilityChanged;
import akka.cluster.UniqueAddress;
import dev.secateur.coordinator.Coordinator;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.Notice;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Ensures that exactly one coordinator is active. While this node holds the journal, it runs the
 * coordinator and removes nodes that it can't reach; otherwise it stands by. {@link Step} and
 * {@link Losses} decide.
 */
public final class Leadership {
  /** The name of the actor, below the guardian. */
  public static final String NAME = "leadership";

  private static final Duration TICK = Duration.ofSeconds(1);
  private static final int LOOKS = 5;

  /** What it understands. */
  public interface Command {}

  private enum Tick implements Command, Presence.Local {
    INSTANCE
  }

  /**
   * @param begun when the database was asked
   */
  private record Looked(Standing standing, Instant begun) implements Command, Presence.Local {}

  private record NotLooked(String problem) implements Command, Presence.Local {}

  private record Observed(Set<Losses.Observation> observations)
      implements Command, Presence.Local {}

  private record CoordinatorEnded() implements Command, Presence.Local {}

  private record Resign(ActorRef<Resigned> replyTo) implements Command, Presence.Local {}

  private record Released() implements Command, Presence.Local {}

  /** The journal is for another to take. */
  private record Resigned() {}

  /**
   * @param joinsOthers whether the node becomes a member of a cluster that is there
   * @param stableAfter how long a node is out of reach before it is removed
   * @param coordinator what leads
   */
  public record Part(
      JournalLease lease,
      boolean joinsOthers,
      Duration stableAfter,
      Behavior<CoordinatorMessage> coordinator) {}

  /** Told what the node's owner should know. */
  public interface Listener {
    /** The node asks these, HOST:PORT, to take it up. */
    void joins(List<String> addresses);

    void says(String line);

    /** Nobody listens. */
    Listener NOBODY =
        new Listener() {
          @Override
          public void joins(List<String> addresses) {}

          @Override
          public void says(String line) {}
        };
  }

  private final ActorContext<Command> context;
  private final Part part;
  private final ActorRef<CoordinatorMessage> link;
  private final Listener listener;
  private final InstantSource clock;
  private final Surroundings cluster;
  private final Duration between;

  /** Its own, so that a lease is renewed whatever else blocks. */
  private final ExecutorService database = Executors.newSingleThreadExecutor(Leadership::thread);

  private Instant nextLook = Instant.MIN;
  private boolean looking;
  private Standing standing = new Standing(new Standing.Free(), List.of());
  private Rival rival = Rival.NONE;
  private Long term; // null until this node has held the journal
  private Instant until = Instant.MIN;
  private ActorRef<CoordinatorMessage> coordinator; // null while it does not lead
  private boolean stopping;
  private ActorRef<Resigned> resigns; // whom to tell; null while it does not
  private Set<Losses.Observation> observations = Set.of();
  private Losses losses = Losses.NONE;
  private Streak blocked = new Streak.None(); // by another that holds the journal
  private List<String> asked = List.of();
  private String problem = "";

  private Leadership(
      ActorContext<Command> context,
      Part part,
      ActorRef<CoordinatorMessage> link,
      Listener listener,
      InstantSource clock) {
    this.context = context;
    this.part = part;
    this.link = link;
    this.listener = listener;
    this.clock = clock;
    this.cluster = new Surroundings(context.getSystem());
    this.between = part.lease().duration().dividedBy(LOOKS);
  }

  /**
   * @param link of this node
   */
  public static Behavior<Command> create(
      Part part, ActorRef<CoordinatorMessage> link, Listener listener, InstantSource clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new Leadership(context, part, link, listener, clock).begin(timers)));
  }

  /** Has a node that ends leave the journal to another. */
  public static CompletionStage<?> resign(
      ActorSystem<?> system, ActorRef<Command> leadership, Duration within) {
    return AskPattern.<Command, Resigned>ask(leadership, Resign::new, within, system.scheduler());
  }

  private Behavior<Command> begin(TimerScheduler<Command> timers) {
    cluster.observe(
        context.messageAdapter(
            ReachabilityChanged.class,
            changed -> new Observed(Surroundings.observations(changed))));
    timers.startTimerWithFixedDelay(Tick.INSTANCE, Duration.ZERO, TICK);
    return Behaviors.receive(Command.class)
        .onMessage(Tick.class, tick -> tick())
        .onMessage(Looked.class, this::looked)
        .onMessage(NotLooked.class, this::notLooked)
        .onMessage(Presence.Ask.class, this::answer)
        .onMessage(Observed.class, this::observed)
        .onMessage(CoordinatorEnded.class, ended -> coordinatorEnded())
        .onMessage(Resign.class, this::resign)
        .onMessage(Released.class, released -> released())
        .onSignal(PostStop.class, stop -> stopped())
        .build();
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "journal-lease");
    thread.setDaemon(true);
    return thread;
  }

  private Behavior<Command> stopped() {
    database.shutdown();
    return Behaviors.same();
  }

  private Behavior<Command> tick() {
    Instant now = clock.instant();
    if (coordinator != null && !until.isAfter(now)) {
      stepDown(
          "it could not renew its lease on the journal"
              + (problem.isEmpty() ? "" : ": " + problem));
    }
    if (!looking && !isLeaving() && !nextLook.isAfter(now)) {
      ask(() -> part.lease().look(cluster.isJoined()));
    }
    if (coordinator != null && !isLeaving()) {
      removeTheLost(now);
    }
    return Behaviors.same();
  }

  private boolean isLeaving() {
    return resigns != null || cluster.isEnding();
  }

  private interface Question {
    Standing answer() throws JournalLease.LeaseException;
  }

  private void ask(Question question) {
    looking = true;
    Instant begun = clock.instant();
    nextLook = begun.plus(between);
    context.pipeToSelf(
        blocking(question),
        (answer, failure) ->
            failure == null
                ? new Looked(answer, begun)
                : new NotLooked(String.valueOf(failure.getMessage())));
  }

  private CompletionStage<Standing> blocking(Question question) {
    CompletableFuture<Standing> answer = new CompletableFuture<>();
    database.execute(
        () -> {
          try {
            answer.complete(question.answer());
          } catch (JournalLease.LeaseException | RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  private Behavior<Command> notLooked(NotLooked not) {
    looking = false;
    if (problem.isEmpty()) {
      listener.says("the journal's database does not answer: " + not.problem());
    }
    problem = not.problem();
    return Behaviors.same();
  }

  private Behavior<Command> looked(Looked looked) {
    looking = false;
    if (!problem.isEmpty()) {
      listener.says("the journal's database answers again");
      problem = "";
    }
    standing = looked.standing();
    rival = rival.with(standing, this::publish);
    if (!isLeaving()) {
      // what was requested after it lapsed is a new lease: time runs from the request
      until = looked.begun().plus(part.lease().duration()).minus(between);
      act(Step.of(cluster.address(), cluster.isJoined(), term != null, standing));
    }
    return Behaviors.same();
  }

  private void act(Step step) {
    if (step instanceof Step.Lead lead) {
      lead(lead.term());
    } else if (step instanceof Step.End end) {
      end(end.why());
    } else if (step instanceof Step.Take) {
      ask(() -> part.lease().take(cluster.isJoined()));
    } else if (!part.joinsOthers()) {
      standBack();
    } else if (step instanceof Step.Join join && !join.addresses().equals(asked)) {
      asked = join.addresses();
      cluster.join(asked);
      listener.joins(asked);
    } else if (step instanceof Step.Follow follow) {
      link.tell(new CoordinatorLink.Held(follow.holder().address()));
    }
  }

  /** What holds the journal may be an earlier life of this command, whose lease lapses. */
  private void standBack() {
    Instant now = clock.instant();
    blocked = blocked.with(true, now);
    if (blocked.hasLasted(part.lease().duration().plus(between), now)) {
      end(
          "a coordinator"
              + standing.holder().map(holder -> " at " + holder.address()).orElse("")
              + " is active on this journal; submit the sweep to it");
    }
  }

  private void lead(long ownTerm) {
    if (term == null) {
      term = ownTerm;
      publish(
          new Notice(
              "coordinator",
              "journal-held",
              Map.of("term", ownTerm, "node", cluster.address(), "reason", rival.whyThisLeads())));
    }
    if (!cluster.isJoined()) {
      cluster.formCluster();
    }
    if (coordinator == null && !stopping) {
      coordinator = context.spawnAnonymous(part.coordinator());
      context.watchWith(coordinator, new CoordinatorEnded());
      link.tell(new CoordinatorLink.Heard(answer(true)));
    }
  }

  private Presence.Answer answer(boolean member) {
    return new Presence.Answer(
        Presence.NodeId.of(cluster.self()),
        member,
        coordinator == null || isLeaving()
            ? new Presence.Standby()
            : new Presence.Active(coordinator, term));
  }

  private Behavior<Command> answer(Presence.Ask ask) {
    ask.replyTo().tell(answer(cluster.knows(ask.asker())));
    return Behaviors.same();
  }

  private Behavior<Command> observed(Observed observed) {
    observations = observed.observations();
    return Behaviors.same();
  }

  private void removeTheLost(Instant now) {
    List<String> others = standing.joined();
    losses = losses.with(cluster.self(), cluster.members(), observations, !others.isEmpty(), now);
    losses.after(part.stableAfter(), now).forEach(node -> remove(node, now));
    if (losses.isCutOff(part.stableAfter(), now)) {
      end(
          "it reaches no other node, while other coordinators are healthy ("
              + String.join(", ", others)
              + "): one of them takes over");
    }
  }

  private void remove(UniqueAddress node, Instant now) {
    String address = HostPort.of(node.address());
    String why = losses.why(cluster.self(), node, observations, now);
    publish(new Notice("cluster", "node-lost", Map.of("member", address, "reason", why)));
    listener.says("node " + address + " is removed: " + why);
    cluster.remove(node);
  }

  private void end(String why) {
    if (coordinator != null) {
      stepDown(why);
    }
    EndedBecause.end(context.getSystem(), why);
  }

  private void stepDown(String why) {
    publish(new Notice("coordinator", "coordinator-stopped", Map.of("reason", why)));
    listener.says("this coordinator is not active: " + why);
    context.stop(coordinator);
    coordinator = null;
    stopping = true;
    link.tell(new CoordinatorLink.Heard(answer(cluster.isJoined())));
  }

  private Behavior<Command> coordinatorEnded() {
    stopping = false;
    coordinator = null;
    if (resigns != null) {
      release();
    }
    return Behaviors.same();
  }

  private Behavior<Command> resign(Resign resign) {
    resigns = resign.replyTo();
    if (coordinator != null) {
      coordinator.tell(Coordinator.Stop.INSTANCE);
    } else if (!stopping) {
      release();
    }
    return Behaviors.same();
  }

  private void release() {
    context.pipeToSelf(
        blocking(
            () -> {
              part.lease().release();
              return standing;
            }),
        (done, failure) -> new Released());
  }

  private Behavior<Command> released() {
    resigns.tell(new Resigned());
    return Behaviors.same();
  }

  private void publish(Notice notice) {
    context.getSystem().eventStream().tell(new EventStream.Publish<>(notice));
  }
}
