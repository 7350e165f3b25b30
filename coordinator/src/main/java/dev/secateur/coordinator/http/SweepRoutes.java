package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;
import dev.secateur.protocol.CoordinatorProtocol.Direction;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Sweeps that are there: how they stand, and what they are told to do. */
final class SweepRoutes extends SweepDirectives {
  /** What a sweep can be told by its name. */
  private static final List<Direction> DIRECTIONS =
      List.of(Direction.PAUSE, Direction.RESUME, Direction.STOP, Direction.CANCEL);

  private final Askers askers;
  private final DiskRoutes disk;

  /**
   * @param askers says who asks
   * @param blocking where files are read
   */
  SweepRoutes(SweepService service, Askers askers, DiskRoutes disk, Executor blocking) {
    super(service, blocking);
    this.askers = askers;
    this.disk = disk;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/sweeps", call -> list()),
        Endpoint.get("/sweeps/{id}", call -> sweep(call.get("id"))),
        Endpoint.get("/sweeps/{id}/disk", call -> onSweepAlone(call.get("id"), this::runBytes)),
        Endpoint.post("/sweeps/{id}/delete", call -> delete(call.get("id"))),
        Endpoint.post("/sweeps/{id}/priority", call -> reprioritize(call.get("id"))),
        Endpoint.post("/sweeps/{id}/retry", call -> retry(call.get("id"))),
        Endpoint.post(
            "/sweeps/{id}/{direction}",
            DIRECTIONS.stream().map(Direction::label).toList(),
            call -> direct(call.get("id"), call.get("direction"))));
  }

  private Route list() {
    return only(
        SweepFilter.PARAMETERS, () -> parameterMultiMap(given -> list(SweepFilter.of(given))));
  }

  private Route list(SweepFilter filter) {
    return answer(service().sweeps(), all -> Responses.ok(filter.of(all.sweeps())));
  }

  private Route sweep(String id) {
    return onSweepAlone(id, sweep -> now(Responses.ok(sweep)));
  }

  private CompletionStage<HttpResponse> runBytes(SweepSummary sweep) {
    return disk.runBytes(sweep.runFolder())
        .thenApply(bytes -> Responses.ok(new DiskRoutes.Used(bytes)));
  }

  private Route delete(String id) {
    return disk.delete(new SweepId(id), then -> onSweep(id, then));
  }

  private Route reprioritize(String id) {
    return onlyRequired("value", value -> reprioritize(id, Queries.priority(value)));
  }

  private Route reprioritize(String id, int priority) {
    return onSweep(
        id,
        sweep -> service().reprioritize(sweep.sweep(), priority).thenApply(Responses::directed));
  }

  private Route direct(String id, String verb) {
    Direction direction =
        DIRECTIONS.stream().filter(one -> one.label().equals(verb)).findFirst().orElseThrow();
    return onSweepAlone(id, sweep -> direct(sweep, direction));
  }

  private CompletionStage<HttpResponse> direct(SweepSummary sweep, Direction direction) {
    return service().direct(sweep.sweep(), direction).thenApply(Responses::directed);
  }

  private Route retry(String id) {
    return onlyOptional("failed", failed -> askers.asked(asked -> retry(id, failed, asked)));
  }

  private Route retry(String id, Optional<String> given, Submission.Asked asked) {
    boolean failed = Queries.flag("failed", given, false);
    return onSweep(id, sweep -> retry(sweep, failed, asked));
  }

  /**
   * Runs a sweep that has ended again.
   *
   * @param failed whether only what has failed, which needs no end to be waited for
   */
  private CompletionStage<HttpResponse> retry(
      SweepSummary sweep, boolean failed, Submission.Asked asked) {
    boolean isFinished = sweep.status().isFinished();
    if (!isFinished && failed) {
      return direct(sweep, Direction.RETRY_FAILED);
    } else if (!isFinished) {
      return now(
          conflict(
              sweep,
              "it has not ended; until then, only what failed can be retried (retry --failed)"));
    } else if (failed && sweep.status() != SweepStatus.COMPLETED) {
      return now(
          conflict(
              sweep,
              "it has unfinished stages besides the failed ones; retry it without --failed"));
    }
    return offThread(() -> service().retry(sweep, asked)).thenApply(Responses::accepted);
  }

  private static HttpResponse conflict(SweepSummary sweep, String problem) {
    return Responses.problems(
        StatusCodes.CONFLICT,
        "sweep " + sweep.sweep().value() + " is " + sweep.status().label() + "; " + problem);
  }
}
