package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Route;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Routes for submitted sweeps: to run, to plan only, or to extend an existing one. */
final class SubmissionRoutes extends ApiDirectives {
  private static final String FILE = "file";
  private static final String DRY_RUN = "dry_run";

  private final Askers askers;
  private final long mostBytes;

  /**
   * @param askers identifies the authors of requests
   * @param blocking where files are read
   * @param mostBytes the largest configuration
   */
  SubmissionRoutes(SweepService service, Askers askers, Executor blocking, long mostBytes) {
    super(service, blocking);
    this.askers = askers;
    this.mostBytes = mostBytes;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.post("/sweeps", call -> submit()),
        Endpoint.post("/sweeps/{id}/extend", call -> extend(call.get("id"))));
  }

  /** A new sweep. */
  private Route submit() {
    return route(
        List.of("name", "priority", FILE, DRY_RUN),
        given -> Queries.flag(DRY_RUN, Optional.ofNullable(given.get(DRY_RUN)), false),
        (planOnly, submission) ->
            planOnly
                ? offThread(() -> now(Responses.ok(service().outline(submission))))
                : offThread(() -> service().submit(submission)).thenApply(Responses::accepted));
  }

  /** A larger grid for a sweep. */
  private Route extend(String id) {
    return route(
        List.of(FILE),
        given -> id,
        (sweep, submission) ->
            ofSweep(
                sweep,
                known ->
                    offThread(() -> service().extend(known, submission))
                        .thenApply(Responses::accepted)));
  }

  /** What becomes of a submission. */
  @FunctionalInterface
  private interface Handling<T> {
    CompletionStage<HttpResponse> handle(T what, SweepService.Submission submission);
  }

  /** What stands beside the body is checked before the body is read. */
  private <T> Route route(
      List<String> known, Function<Map<String, String>, T> reading, Handling<T> handling) {
    return only(
        known,
        () ->
            parameterMap(
                given ->
                    optionalHeaderValueByName(
                        "Idempotency-Key",
                        key ->
                            askers.asked(
                                asked -> {
                                  T what = reading.apply(given);
                                  SweepService.Submission empty = submission("", given, key, asked);
                                  return withBody(
                                      mostBytes, text -> handling.handle(what, empty.of(text)));
                                }))));
  }

  private static SweepService.Submission submission(
      String text, Map<String, String> given, Optional<String> key, SweepService.Asked asked) {
    return new SweepService.Submission(
        text,
        Optional.ofNullable(given.get(FILE)).map(Queries::file).orElse("sweep"),
        Optional.ofNullable(given.get("name")).map(Queries::name),
        Optional.ofNullable(given.get("priority")).map(Queries::priority),
        key.map(Queries::key),
        asked);
  }
}
