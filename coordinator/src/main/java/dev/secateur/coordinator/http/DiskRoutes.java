package dev.secateur.coordinator.http;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol.Collect;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Delete;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepSummary;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;

/** What a coordinator keeps on its disk: how much that is, and that what nobody needs goes. */
public final class DiskRoutes extends AllDirectives {
  /** Deleting hundreds of gigabytes takes a while; clients that gave up ask again. */
  private static final Duration CLEAN_WITHIN = Duration.ofMinutes(10);

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);
  private static final long READY_WITHIN_SECONDS = 3;

  private final ActorSystem<?> system;
  private final ActorRef<CoordinatorMessage> coordinator;
  private final Housekeeping housekeeping;
  private final Executor blocking;

  /**
   * @param housekeeping of this node
   */
  public DiskRoutes(
      ActorSystem<?> system, ActorRef<CoordinatorMessage> coordinator, Housekeeping housekeeping) {
    this.system = system;
    this.coordinator = coordinator;
    this.housekeeping = housekeeping;
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
  }

  List<Endpoint> endpoints() {
    return List.of(Endpoint.post("/gc", call -> gc()), Endpoint.get("/disk", call -> disk()));
  }

  private Route gc() {
    return parameters(
        List.of("older_than", "dry_run"),
        (given, dryRun) -> {
          Optional<Duration> olderThan =
              Optional.ofNullable(given.get("older_than")).map(Ages::parse);
          return completeWithFuture(cleaned(olderThan, dryRun, Optional.empty()));
        });
  }

  /**
   * Deletes a sweep that has ended; what only it needs goes too.
   *
   * @param onSweep has something done with it, where there is such a sweep
   */
  Route delete(Function<Function<SweepSummary, CompletionStage<HttpResponse>>, Route> onSweep) {
    return parameters(
        List.of("dry_run"), (given, dryRun) -> onSweep.apply(sweep -> delete(sweep, dryRun)));
  }

  private CompletionStage<HttpResponse> delete(SweepSummary sweep, boolean dryRun) {
    SweepId id = sweep.sweep();
    if (dryRun && sweep.status().isFinished()) {
      return cleaned(Optional.empty(), true, Optional.of(id));
    } else if (dryRun) {
      return CompletableFuture.completedFuture(
          Answers.problems(
              StatusCodes.CONFLICT, "sweep " + id.value() + " has not ended; cancel it first"));
    }
    CompletionStage<Directed> deleted = ask(replyTo -> new Delete(id, replyTo), ANSWER_WITHIN);
    return deleted.thenCompose(
        answer ->
            answer.done()
                ? cleaned(Optional.empty(), false, Optional.of(id))
                : CompletableFuture.completedFuture(Answers.directed(answer)));
  }

  private Route parameters(
      List<String> known, BiFunction<Map<String, String>, Boolean, Route> what) {
    return parameterMap(
        given -> {
          Queries.check(given.keySet(), known);
          boolean dryRun =
              Queries.flag("dry_run", Optional.ofNullable(given.get("dry_run")), false);
          return withRequestTimeout(
              scala.concurrent.duration.Duration.create(CLEAN_WITHIN.toSeconds(), TimeUnit.SECONDS),
              () -> what.apply(given, dryRun));
        });
  }

  private CompletionStage<HttpResponse> cleaned(
      Optional<Duration> olderThan, boolean dryRun, Optional<SweepId> deleted) {
    CompletionStage<Collected> collected =
        ask(replyTo -> new Collect(olderThan, dryRun, deleted, replyTo), CLEAN_WITHIN);
    return collected.thenApply(all -> answer(all, dryRun));
  }

  private <T> CompletionStage<T> ask(
      akka.japi.function.Function<ActorRef<T>, CoordinatorMessage> message, Duration within) {
    return AskPattern.ask(coordinator, message, within, system.scheduler());
  }

  private static HttpResponse answer(Collected collected, boolean dryRun) {
    if (collected.removed().isEmpty() && collected.problem().isPresent()) {
      return Answers.problems(StatusCodes.CONFLICT, collected.problem().get());
    }
    return Answers.ok(
        new Cleaned(
            dryRun,
            collected.removed().stream().map(one -> Gone.of(one, dryRun)).toList(),
            collected.problem(),
            collected.notice(),
            collected.left().stream().map(Left::of).toList()));
  }

  /**
   * What went.
   *
   * @param dryRun whether it was only looked
   * @param problem what could not be removed
   * @param notice what stays for now
   * @param leftovers what was left behind of these, by its size; a hundred at most
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  record Cleaned(
      boolean dryRun,
      List<Gone> removed,
      Optional<String> problem,
      Optional<String> notice,
      List<Left> leftovers) {}

  /**
   * Something that was left behind.
   *
   * @param node {@code coordinator}, or a worker that has it
   */
  record Left(String sort, String node, String path, long bytes) {
    static Left of(Leftover left) {
      return new Left(left.sort(), left.node(), left.path(), left.bytes());
    }
  }

  /**
   * What went of a sort, in bytes.
   *
   * @param bytesBefore of all of that sort
   */
  record Gone(String sort, long count, long bytes, long bytesBefore, long bytesAfter) {
    static Gone of(Removed removed, boolean dryRun) {
      return new Gone(
          removed.sort(),
          removed.count(),
          removed.bytes(),
          removed.before(),
          removed.before() - (dryRun ? 0 : removed.bytes()));
    }
  }

  /** What a run folder takes, in bytes. */
  record Used(long used) {}

  private Route disk() {
    return parameterMap(
        given -> {
          Queries.check(given.keySet(), List.of());
          return completeWithFuture(use().thenApply(Answers::ok));
        });
  }

  /** What is used and left; found anew, off the caller's thread. */
  CompletionStage<List<DiskUse>> use() {
    return CompletableFuture.supplyAsync(housekeeping::use, blocking);
  }

  /** The same, or nothing where that takes a while. */
  CompletionStage<List<DiskUse>> soonUse() {
    return CompletableFuture.supplyAsync(housekeeping::use, blocking)
        .completeOnTimeout(List.of(), 1, TimeUnit.SECONDS);
  }

  /** A sweep's run folder, in bytes. */
  CompletionStage<Long> runBytes(String folder) {
    return CompletableFuture.supplyAsync(() -> housekeeping.runBytes(folder), blocking);
  }

  /** Why the journal can't be written to, where it can't. */
  CompletionStage<Optional<String>> journalProblem() {
    return CompletableFuture.supplyAsync(housekeeping::journalProblem, blocking)
        .completeOnTimeout(
            Optional.of("its database does not answer"), READY_WITHIN_SECONDS, TimeUnit.SECONDS);
  }

  /** What a node that is ready says of its disk. */
  static String lines(List<DiskUse> use) {
    StringBuilder lines = new StringBuilder();
    for (DiskUse place : use) {
      lines
          .append(place.place())
          .append(": ")
          .append(place.used() >> 20)
          .append(" MiB used")
          .append(place.free().map(free -> ", " + (free >> 20) + " MiB left").orElse(""))
          .append('\n');
    }
    return lines.toString();
  }
}
