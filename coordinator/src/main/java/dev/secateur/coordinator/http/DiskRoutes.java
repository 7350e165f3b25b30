package dev.secateur.coordinator.http;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.server.Route;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol.Collect;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Delete;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Garbage;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.CoordinatorProtocol.RestOf;
import dev.secateur.protocol.CoordinatorProtocol.Unneeded;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepSummary;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a coordinator keeps on its disk: how much that is, and that what nobody needs goes. */
public final class DiskRoutes extends ApiDirectives {
  /** Deleting hundreds of gigabytes takes a while; clients that gave up ask again. */
  private static final Duration CLEAN_WITHIN = Duration.ofMinutes(10);

  /** With the next, less than the minute after which the server ends a silent connection. */
  private static final Duration TOLD_WITHIN = Duration.ofSeconds(35);

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);
  private static final long READY_WITHIN_SECONDS = 3;
  private static final Duration FRESH = Duration.ofSeconds(2);

  private final ActorSystem<?> system;
  private final ActorRef<CoordinatorMessage> coordinator;
  private final Housekeeping housekeeping;
  private final Duration toldWithin;
  private final Executor blocking;
  private final Recent<String> journalProblem;
  private final Map<SweepId, CompletableFuture<Collected>> deletions = new ConcurrentHashMap<>();
  private volatile List<DiskUse> lastUse = List.of();

  /**
   * @param housekeeping of this node
   */
  public DiskRoutes(
      ActorSystem<?> system, ActorRef<CoordinatorMessage> coordinator, Housekeeping housekeeping) {
    this(system, coordinator, housekeeping, TOLD_WITHIN, InstantSource.system());
  }

  /**
   * @param toldWithin how long a client waits for what is being removed
   */
  DiskRoutes(
      ActorSystem<?> system,
      ActorRef<CoordinatorMessage> coordinator,
      Housekeeping housekeeping,
      Duration toldWithin,
      InstantSource clock) {
    this.system = system;
    this.coordinator = coordinator;
    this.housekeeping = housekeeping;
    this.toldWithin = toldWithin;
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
    this.journalProblem =
        new Recent<>(
            FRESH,
            clock,
            () ->
                CompletableFuture.supplyAsync(
                    () -> housekeeping.journalProblem().orElse(""), blocking));
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.post("/gc", call -> gc()),
        Endpoint.get("/disk", call -> none(() -> answer(use(), Responses::ok))));
  }

  private Route gc() {
    return parameters(
        List.of("older_than", "dry_run"),
        (given, dryRun) -> {
          Duration olderThan = optional(given, "older_than").map(Ages::parse).orElse(Duration.ZERO);
          return completeWithFuture(
              told(cleaned(new Unneeded(olderThan), dryRun), dryRun, DiskRoutes::askAgain));
        });
  }

  /**
   * Deletes a sweep that has ended; what only it needs goes too. A client that asks again while
   * that is being removed waits for it.
   *
   * @param onSweep has something done with it, where there is such a sweep
   */
  Route delete(
      SweepId id, Function<Function<SweepSummary, CompletionStage<HttpResponse>>, Route> onSweep) {
    return parameters(
        List.of("dry_run"),
        (given, dryRun) ->
            deletions.containsKey(id)
                ? completeWithFuture(told(restOf(id), false, () -> goesOn(id)))
                : onSweep.apply(sweep -> delete(sweep, dryRun)));
  }

  private CompletionStage<HttpResponse> delete(SweepSummary sweep, boolean dryRun) {
    SweepId id = sweep.sweep();
    if (dryRun && sweep.status().isFinished()) {
      return told(cleaned(new RestOf(id), true), true, DiskRoutes::askAgain);
    } else if (dryRun) {
      return now(
          Responses.problems(
              StatusCodes.CONFLICT, "sweep " + id.value() + " has not ended; cancel it first"));
    }
    CompletionStage<Directed> deleted = ask(replyTo -> new Delete(id, replyTo), ANSWER_WITHIN);
    return deleted.thenCompose(
        answer ->
            answer.done()
                ? told(restOf(id), false, () -> goesOn(id))
                : now(Responses.directed(answer)));
  }

  /** Who asks the coordinator for it again waits for the same, or begins it where that was lost. */
  private CompletableFuture<Collected> restOf(SweepId deleted) {
    CompletableFuture<Collected> going = cleaned(new RestOf(deleted), false).toCompletableFuture();
    deletions.put(deleted, going);
    going.whenComplete((collected, failure) -> deletions.remove(deleted, going));
    return going;
  }

  private Route parameters(
      List<String> known, BiFunction<Map<String, String>, Boolean, Route> what) {
    return query(
        known,
        given -> {
          boolean dryRun = Queries.flag("dry_run", optional(given, "dry_run"), false);
          return withRequestTimeout(
              scala.concurrent.duration.Duration.create(
                  TOLD_WITHIN.plus(ANSWER_WITHIN).toSeconds(), TimeUnit.SECONDS),
              () -> what.apply(given, dryRun));
        });
  }

  private CompletionStage<Collected> cleaned(Garbage garbage, boolean dryRun) {
    return ask(replyTo -> new Collect(garbage, dryRun, replyTo), CLEAN_WITHIN);
  }

  /**
   * @param late what is answered where it takes longer than a client can wait
   */
  private CompletionStage<HttpResponse> told(
      CompletionStage<Collected> collected, boolean dryRun, Supplier<HttpResponse> late) {
    CompletableFuture<HttpResponse> answer =
        collected.thenApply(all -> answer(all, dryRun)).toCompletableFuture();
    CompletableFuture<HttpResponse> waited =
        CompletableFuture.supplyAsync(
            late,
            CompletableFuture.delayedExecutor(
                toldWithin.toMillis(), TimeUnit.MILLISECONDS, blocking));
    answer.whenComplete((told, failure) -> waited.cancel(false));
    return answer.applyToEither(waited, told -> told);
  }

  private static HttpResponse askAgain() {
    return Responses.problems(
            StatusCodes.SERVICE_UNAVAILABLE,
            "the answer is not ready yet; repeat the request to wait for it")
        .addHeader(RawHeader.create("Retry-After", "1"));
  }

  private static HttpResponse goesOn(SweepId deleted) {
    String notice =
        "sweep "
            + deleted.value()
            + " is deleted, and its artifacts are still being removed; repeat the request to"
            + " wait for it";
    return Responses.json(
        StatusCodes.ACCEPTED, new Cleaned(false, List.of(), "", notice, List.of()));
  }

  private <T> CompletionStage<T> ask(
      akka.japi.function.Function<ActorRef<T>, CoordinatorMessage> message, Duration within) {
    return AskPattern.ask(coordinator, message, within, system.scheduler());
  }

  private static HttpResponse answer(Collected collected, boolean dryRun) {
    if (collected.removed().isEmpty() && !collected.problem().isEmpty()) {
      return Responses.problems(StatusCodes.CONFLICT, collected.problem());
    }
    return Responses.ok(
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
   * @param problem what could not be removed; empty if all was
   * @param notice what stays for now; empty if nothing does
   * @param leftovers what was left behind of these, by its size; a hundred at most
   */
  record Cleaned(
      boolean dryRun,
      List<Gone> removed,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String problem,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String notice,
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

  /** What is used and left; measured again, off the caller's thread. */
  CompletableFuture<List<DiskUse>> use() {
    CompletableFuture<List<DiskUse>> found =
        CompletableFuture.supplyAsync(housekeeping::use, blocking);
    found.thenAccept(use -> lastUse = use);
    return found;
  }

  /** The same, or what was found last where that takes a while. */
  CompletionStage<List<DiskUse>> soonUse() {
    return use().copy().completeOnTimeout(lastUse, 1, TimeUnit.SECONDS);
  }

  /** A sweep's run folder, in bytes. */
  CompletionStage<Long> runBytes(String folder) {
    return CompletableFuture.supplyAsync(() -> housekeeping.runBytes(folder), blocking);
  }

  /** Why the journal can't be written to, empty if it can; tried once in two seconds at most. */
  CompletionStage<String> journalProblem() {
    return journalProblem
        .get()
        .completeOnTimeout("its database does not answer", READY_WITHIN_SECONDS, TimeUnit.SECONDS);
  }
}
