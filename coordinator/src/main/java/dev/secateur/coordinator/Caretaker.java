package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.disk.Retention;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol.Collect;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.SweepId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Has what nobody needs removed, one thing after the other, off the coordinator's thread. Who asks
 * for what is being done already is answered with it.
 */
final class Caretaker {
  /** That a cleaning is done. */
  record Cleaned(Object why, Collected collected)
      implements CoordinatorMessage, NoSerializationVerificationNeeded {}

  /** Sweeps that have ended long enough ago. */
  record Outdated(List<SweepId> sweeps)
      implements CoordinatorMessage, NoSerializationVerificationNeeded {}

  /** Why something is cleaned, by which the same is known. */
  private record Asked(Optional<Duration> olderThan, boolean dryRun) {}

  private record Deleted(SweepId sweep, boolean dryRun) {}

  private enum Hourly {
    NOW
  }

  private record Job(
      Function<CoordinatorState, Cleaning> cleaning, List<ActorRef<Collected>> replyTo) {}

  private final ActorContext<CoordinatorMessage> context;
  private final Housekeeping housekeeping;
  private final Retention retention;
  private final Consumer<Object> publish;
  private final Map<Object, Job> jobs = new LinkedHashMap<>();
  private final Executor blocking;
  private boolean atWork;

  Caretaker(
      ActorContext<CoordinatorMessage> context,
      Housekeeping housekeeping,
      Retention retention,
      Consumer<Object> publish) {
    this.context = context;
    this.housekeeping = housekeeping;
    this.retention = retention;
    this.publish = publish;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
  }

  void collect(CoordinatorState state, Collect collect) {
    add(
        new Asked(collect.olderThan(), collect.dryRun()),
        now ->
            Cleaning.all(now, collect.olderThan().orElse(Duration.ZERO), collect.dryRun()),
        collect.replyTo());
    next(state);
  }

  /** What a sweep that is deleted leaves behind. */
  void deleted(
      CoordinatorState state, SweepId sweep, boolean dryRun, Optional<ActorRef<Collected>> replyTo) {
    Object why = new Deleted(sweep, dryRun);
    Function<CoordinatorState, Cleaning> cleaning = now -> Cleaning.after(sweep, now, dryRun);
    replyTo.ifPresentOrElse(
        who -> add(why, cleaning, who), () -> jobs.put(why, new Job(cleaning, List.of())));
    next(state);
  }

  /** Looks what is kept for longer than it is to be. */
  void hour(CoordinatorState state, Instant now) {
    retention
        .sweeps()
        .ifPresent(
            kept ->
                context.pipeToSelf(
                    CompletableFuture.supplyAsync(
                        () -> housekeeping.endedBefore(now.minus(kept)), blocking),
                    (sweeps, failure) -> new Outdated(failure == null ? sweeps : List.of())));
    if (!retention.isForever()) {
      jobs.putIfAbsent(
          Hourly.NOW, new Job(later -> Cleaning.by(retention, later), new ArrayList<>()));
      next(state);
    }
  }

  private void add(
      Object why, Function<CoordinatorState, Cleaning> cleaning, ActorRef<Collected> replyTo) {
    jobs.computeIfAbsent(why, any -> new Job(cleaning, new ArrayList<>())).replyTo().add(replyTo);
  }

  private void next(CoordinatorState state) {
    if (atWork || jobs.isEmpty()) {
      return;
    }
    atWork = true;
    Map.Entry<Object, Job> first = jobs.entrySet().iterator().next();
    Cleaning cleaning = first.getValue().cleaning().apply(state);
    context.pipeToSelf(
        CompletableFuture.supplyAsync(() -> housekeeping.clean(cleaning), blocking),
        (collected, failure) ->
            new Cleaned(
                first.getKey(),
                failure == null
                    ? collected
                    : new Collected(List.of(), Optional.of(String.valueOf(failure.getMessage())))));
  }

  void cleaned(CoordinatorState state, Cleaned cleaned) {
    atWork = false;
    Collected collected = cleaned.collected();
    collected.problem().ifPresent(problem -> context.getLog().warn("disk: {}", problem));
    long bytes = collected.removed().stream().mapToLong(Removed::bytes).sum();
    boolean dry =
        cleaned.why() instanceof Asked asked && asked.dryRun()
            || cleaned.why() instanceof Deleted deleted && deleted.dryRun();
    if (bytes > 0 && !dry) {
      publish.accept(new Notice("coordinator", "disk-cleaned", Map.of("bytes", bytes)));
    }
    jobs.remove(cleaned.why()).replyTo().forEach(who -> who.tell(collected));
    next(state);
  }
}
