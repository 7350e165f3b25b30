package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.RequestEntity;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;
import akka.stream.Materializer;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepSummary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Sweeps that come in: to be run, to be planned only, or to extend one that is there. What stands
 * beside a body is checked before the body is read.
 */
final class SubmissionRoutes extends SweepDirectives {
  private static final String FILE = "file";
  private static final String DRY_RUN = "dry_run";

  private final Askers askers;
  private final long mostBytes;

  /** Handles what stands beside a body. */
  @FunctionalInterface
  private interface Beside {
    /**
     * @param key by which the same is submitted again
     */
    Route handle(Map<String, String> given, IdempotencyKey key, Submission.Asked asked);
  }

  /**
   * @param askers says who asks
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
    return beside(List.of("name", "priority", FILE, DRY_RUN), this::submit);
  }

  private Route submit(Map<String, String> given, IdempotencyKey key, Submission.Asked asked) {
    boolean planOnly = Queries.flag(DRY_RUN, optional(given, DRY_RUN), false);
    Submission empty = empty(given, asked);
    return withBody(text -> planOnly ? outline(empty.of(text)) : submit(empty.of(text), key));
  }

  private CompletionStage<HttpResponse> outline(Submission submission) {
    return reading(() -> Responses.ok(service().outline(submission)));
  }

  private CompletionStage<HttpResponse> submit(Submission submission, IdempotencyKey key) {
    return offThread(() -> service().submit(submission, key)).thenApply(Responses::accepted);
  }

  /** A larger grid for a sweep. */
  private Route extend(String id) {
    return beside(List.of(FILE), (given, unusedKey, asked) -> extend(id, empty(given, asked)));
  }

  private Route extend(String id, Submission empty) {
    return withBody(text -> ofSweep(id, sweep -> extend(sweep, empty.of(text))));
  }

  private CompletionStage<HttpResponse> extend(SweepSummary sweep, Submission submission) {
    return offThread(() -> service().extend(sweep, submission)).thenApply(Responses::accepted);
  }

  /**
   * @param known the parameters that are allowed
   */
  private Route beside(List<String> known, Beside inner) {
    return query(
        known,
        given ->
            optionalHeaderValueByName(
                "Idempotency-Key",
                key ->
                    askers.asked(
                        asked ->
                            inner.handle(
                                given, key.map(Queries::key).orElse(IdempotencyKey.NONE), asked))));
  }

  /** A submission with no text yet. */
  private static Submission empty(Map<String, String> given, Submission.Asked asked) {
    return new Submission(
        "",
        optional(given, FILE).map(Queries::file).orElse("sweep"),
        optional(given, "name")
            .map(Queries::name)
            .map(SubmissionRoutes::naming)
            .orElse(UnaryOperator.identity()),
        optional(given, "priority").map(Queries::priority).orElse(Submission.DEFAULT_PRIORITY),
        asked);
  }

  private static UnaryOperator<SweepPlan> naming(String name) {
    return plan -> plan.named(name);
  }

  /** What is to be done with a body, where it is not too large. */
  private Route withBody(Function<String, CompletionStage<HttpResponse>> then) {
    return extractMaterializer(
        materializer ->
            extractRequestEntity(entity -> completeWithFuture(ofBody(entity, materializer, then))));
  }

  private CompletionStage<HttpResponse> ofBody(
      RequestEntity entity,
      Materializer materializer,
      Function<String, CompletionStage<HttpResponse>> then) {
    return Bodies.text(entity, mostBytes, materializer)
        .thenCompose(body -> body.map(then).orElseGet(() -> now(tooLarge())));
  }

  private HttpResponse tooLarge() {
    return Responses.problems(
        StatusCodes.CONTENT_TOO_LARGE, "a sweep has at most " + mostBytes + " bytes here");
  }
}
