package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.disk.Retention;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol.Collect;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Garbage;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.CoordinatorProtocol.RestOf;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Removes what no sweep needs, one job after the other, off the coordinator's thread. A request for
 * a running job gets that job's answer.
 */
final class Caretaker {
  /** That a cleaning is done. */
  record Cleaned(Object why, Collected collected)
      implements CoordinatorMessage, NoSerializationVerificationNeeded {}

  /** Sweeps that have ended long enough ago. */
  record Outdated(List<SweepId> sweeps)
      implements CoordinatorMessage, NoSerializationVerificationNeeded {}

  /** That what a deleted sweep left on workers, which had just used it, may go by now. */
  record Unused(SweepId deleted) implements CoordinatorMessage, NoSerializationVerificationNeeded {}

  /** That it is time to look what is kept for longer than it is to be. */
  enum Hour implements CoordinatorMessage {
    PASSED
  }

  /** Why something is cleaned, by which the same is known. */
  private record Asked(Garbage garbage, boolean dryRun) {
    Cleaning cleaning(Cleaning.Known now) {
      return garbage.as(
          unneeded -> Cleaning.all(now, unneeded.olderThan(), dryRun),
          rest -> Cleaning.after(rest.deleted(), now, dryRun));
    }
  }

  private record Job(
      Function<Cleaning.Known, Cleaning> cleaning, List<ActorRef<Collected>> replyTo) {}

  /** Workers keep what they used in the last ten minutes. */
  private static final Duration UNUSED_AFTER = Duration.ofMinutes(11);

  private final ActorContext<CoordinatorMessage> context;
  private final Housekeeping housekeeping;
  private final Retention retention;
  private final InstantSource clock;
  private final LongSupplier lastEvent;
  private final Consumer<Object> publish;
  private final Map<Object, Job> jobs = new LinkedHashMap<>();
  private final Executor blocking;
  private boolean atWork;

  /**
   * @param lastEvent the number of the last event that is journalled
   */
  Caretaker(
      ActorContext<CoordinatorMessage> context,
      Upkeep upkeep,
      InstantSource clock,
      LongSupplier lastEvent,
      Consumer<Object> publish) {
    this.context = context;
    this.housekeeping = upkeep.housekeeping();
    this.retention = upkeep.retention();
    this.clock = clock;
    this.lastEvent = lastEvent;
    this.publish = publish;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
  }

  /** Whether a message is for it. */
  static boolean concerns(CoordinatorMessage message) {
    return message instanceof Collect
        || message instanceof Cleaned
        || message instanceof Outdated
        || message instanceof Unused
        || message instanceof Hour;
  }

  void hears(DecisionBatch batch, CoordinatorMessage message) {
    if (message instanceof Collect collect) {
      batch.afterwards(() -> collect(batch.state(), collect));
    } else if (message instanceof Cleaned cleaned) {
      cleaned(cleaned); // whatever becomes of the batch, nothing is being cleaned any more
      batch.afterwards(() -> next(batch.state()));
    } else if (message instanceof Outdated outdated) {
      outdated(batch, outdated);
    } else if (message instanceof Unused unused) {
      batch.afterwards(() -> unused(batch.state(), unused.deleted()));
    } else if (message instanceof Hour) {
      batch.afterwards(() -> hour(batch.state(), clock.instant()));
    }
  }

  private void collect(CoordinatorState state, Collect collect) {
    boolean dry = collect.dryRun();
    if (collect.garbage() instanceof RestOf rest && !dry && isThere(state, rest.deleted())) {
      String problem = "sweep " + rest.deleted().value() + " has not been deleted";
      collect.replyTo().tell(new Collected(List.of(), problem));
      return;
    }
    Asked asked = new Asked(collect.garbage(), dry);
    jobs.computeIfAbsent(asked, why -> new Job(asked::cleaning, new ArrayList<>()))
        .replyTo()
        .add(collect.replyTo());
    next(state);
  }

  private static boolean isThere(CoordinatorState state, SweepId sweep) {
    return state.sweeps().containsKey(sweep)
        || state.finished().containsKey(sweep)
        || state.unreported().containsKey(sweep);
  }

  /** Deletes sweeps that are too old, and what they leave behind. */
  private void outdated(DecisionBatch batch, Outdated outdated) {
    for (SweepId sweep : outdated.sweeps()) {
      List<SweepEvent> events = Decisions.delete(batch.state(), sweep);
      if (!events.isEmpty()) {
        batch.happen(events);
        batch.afterwards(() -> removeRestOf(sweep));
      }
    }
    batch.afterwards(() -> next(batch.state()));
  }

  private void removeRestOf(SweepId deleted) {
    Asked rest = new Asked(new RestOf(deleted), false);
    jobs.putIfAbsent(rest, new Job(rest::cleaning, new ArrayList<>()));
  }

  private void unused(CoordinatorState state, SweepId deleted) {
    if (!isThere(state, deleted)) {
      removeRestOf(deleted);
      next(state);
    }
  }

  /** Looks what is kept for longer than it is to be. */
  private void hour(CoordinatorState state, Instant now) {
    retention
        .of(Disposable.SWEEPS)
        .ifPresent(
            kept ->
                context.pipeToSelf(
                    CompletableFuture.supplyAsync(
                        () -> housekeeping.endedBefore(now.minus(kept)), blocking),
                    (sweeps, failure) -> new Outdated(failure == null ? sweeps : none(failure))));
    if (!retention.isForever()) {
      jobs.putIfAbsent(
          Hour.PASSED, new Job(later -> Cleaning.by(retention, later), new ArrayList<>()));
      next(state);
    }
  }

  private List<SweepId> none(Throwable failure) {
    context
        .getLog()
        .warn(
            "can't look for sweeps past their retention time, so they are kept: {}",
            FailureReason.of(failure));
    return List.of();
  }

  private void next(CoordinatorState state) {
    if (atWork || jobs.isEmpty()) {
      return;
    }
    atWork = true;
    Map.Entry<Object, Job> first = jobs.entrySet().iterator().next();
    Cleaning.Known known = new Cleaning.Known(state, lastEvent.getAsLong());
    Cleaning cleaning = first.getValue().cleaning().apply(known);
    context.pipeToSelf(
        CompletableFuture.supplyAsync(() -> housekeeping.clean(cleaning), blocking),
        (collected, failure) ->
            new Cleaned(
                first.getKey(),
                failure == null ? collected : new Collected(List.of(), FailureReason.of(failure))));
  }

  private void cleaned(Cleaned cleaned) {
    atWork = false;
    Collected collected = cleaned.collected();
    if (!collected.problem().isEmpty()) {
      context.getLog().warn("disk: {}", collected.problem());
    }
    long bytes = collected.removed().stream().mapToLong(Removed::bytes).sum();
    boolean dry = cleaned.why() instanceof Asked asked && asked.dryRun();
    if (bytes > 0 && !dry) {
      publish.accept(new Notice("coordinator", "disk-cleaned", Map.of("bytes", bytes)));
    }
    if (!collected.notice().isEmpty()
        && !dry
        && cleaned.why() instanceof Asked asked
        && asked.garbage() instanceof RestOf rest) {
      context.scheduleOnce(UNUSED_AFTER, context.getSelf(), new Unused(rest.deleted()));
    }
    jobs.remove(cleaned.why()).replyTo().forEach(who -> who.tell(collected));
  }
}
