package dev.secateur.coordinator.http;

import akka.NotUsed;
import akka.http.javadsl.marshalling.sse.EventStreamMarshalling;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.HttpCredentials;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.model.sse.ServerSentEvent;
import akka.http.javadsl.server.Route;
import akka.stream.javadsl.Source;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Direction;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The routes of the API, as {@code openapi.yaml} beside this class describes them. A mistake of a
 * client is answered with 4xx and one message that names it.
 */
public final class HttpApi extends ApiDirectives {
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  /** What a sweep can be told by its name. */
  private static final List<Direction> DIRECTIONS =
      List.of(Direction.PAUSE, Direction.RESUME, Direction.STOP, Direction.CANCEL);

  private final SweepService service;
  private final SubmissionRoutes submissions;
  private final EventFeed events;
  private final Metrics metrics;
  private final DiskRoutes disk;
  private final Optional<Tokens> tokens;
  private final Optional<ArtifactRoutes> artifacts;
  private final PeopleRoutes people;
  private final Refusals refusals;
  private final Dashboard dashboard = new Dashboard();
  private final Askers askers;

  /**
   * @param disk what this node keeps
   * @param tokens who may use the API; everybody where absent
   * @param artifacts absent where nodes share a folder of them
   * @param people further routes about sweeps and nodes
   * @param hosts the names that this node goes by
   * @param blocking where files are read
   * @param mostBytes the largest configuration
   */
  public HttpApi(
      SweepService service,
      EventFeed events,
      Metrics metrics,
      DiskRoutes disk,
      Optional<Tokens> tokens,
      Optional<ArtifactRoutes> artifacts,
      PeopleRoutes people,
      AllowedHosts hosts,
      Executor blocking,
      long mostBytes) {
    super(service, blocking);
    this.service = service;
    this.askers = new Askers(tokens);
    this.submissions = new SubmissionRoutes(service, askers, blocking, mostBytes);
    this.events = events;
    this.metrics = metrics;
    this.disk = disk;
    this.tokens = tokens;
    this.artifacts = artifacts;
    this.people = people;
    this.refusals = new Refusals(new RequestCheck(hosts));
  }

  /** All routes: those of the API, and the pages that use it. */
  public Route routes() {
    Endpoints all = new Endpoints(endpoints());
    return refusals.around(() -> concat(dashboard.route(), all.route(this::answer)));
  }

  private Route answer(Endpoint endpoint, Endpoint.Call call) {
    return switch (endpoint.access()) {
      case ANYBODY -> endpoint.inner().apply(call);
      case CLIENTS -> guarded(() -> endpoint.inner().apply(call));
      case ARTIFACTS ->
          extractCredentials(
              credentials ->
                  credentials.filter(this::isPass).isPresent()
                      ? endpoint.inner().apply(call.byWorker())
                      : guarded(() -> endpoint.inner().apply(call)));
    };
  }

  private boolean isPass(HttpCredentials credentials) {
    return credentials.scheme().equalsIgnoreCase("bearer")
        && artifacts.filter(routes -> routes.isPass(credentials.token())).isPresent();
  }

  /** All that the API does. */
  List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>();
    all.add(Endpoint.open("/health", call -> complete(Responses.text(StatusCodes.OK, "ok\n"))));
    all.add(Endpoint.open("/ready", call -> ready()));
    all.add(Endpoint.open("/openapi.yaml", call -> complete(description())));
    all.add(new Endpoint(HttpMethods.GET, "/metrics", Endpoint.Access.CLIENTS, call -> scraped()));
    all.add(Endpoint.get("/workers", call -> none(() -> workers())));
    all.add(Endpoint.post("/workers/drain", call -> onWorker(service::drain)));
    all.add(Endpoint.post("/workers/undrain", call -> onWorker(service::undrain)));
    all.add(Endpoint.get("/events", call -> eventStream()));
    all.addAll(sweeps());
    all.addAll(submissions.endpoints());
    all.addAll(disk.endpoints());
    all.addAll(people.endpoints());
    artifacts.ifPresent(routes -> all.addAll(routes.endpoints()));
    return List.copyOf(all);
  }

  private Route none(Supplier<Route> inner) {
    return only(List.of(), inner);
  }

  private Route workers() {
    return answer(service.workers(), workers -> Responses.ok(workers.workers()));
  }

  private Route list() {
    return only(
        SweepFilter.PARAMETERS,
        () ->
            parameterMultiMap(
                given ->
                    answer(
                        service.sweeps(),
                        sweeps -> Responses.ok(SweepFilter.of(given).of(sweeps.sweeps())))));
  }

  private List<Endpoint> sweeps() {
    return List.of(
        Endpoint.get("/sweeps", call -> list()),
        Endpoint.get(
            "/sweeps/{id}",
            call -> none(() -> onSweep(call.get("id"), sweep -> now(Responses.ok(sweep))))),
        Endpoint.post(
            "/sweeps/{id}/delete",
            call ->
                disk.delete(new SweepId(call.get("id")), then -> onSweep(call.get("id"), then))),
        Endpoint.get(
            "/sweeps/{id}/disk", call -> none(() -> onSweep(call.get("id"), this::runBytes))),
        Endpoint.get(
            "/sweeps/{id}/results", call -> none(() -> file(call.get("id"), "results.json"))),
        Endpoint.get("/sweeps/{id}/best", call -> none(() -> best(call.get("id")))),
        Endpoint.get("/sweeps/{id}/artifacts", call -> places(call.get("id"))),
        Endpoint.get("/sweeps/{id}/files", call -> none(() -> files(call.get("id")))),
        Endpoint.get(
            "/sweeps/{id}/files/{name}",
            call -> none(() -> file(call.get("id"), call.get("name")))),
        Endpoint.post("/sweeps/{id}/priority", call -> reprioritize(call.get("id"))),
        Endpoint.post("/sweeps/{id}/retry", call -> retry(call.get("id"))),
        Endpoint.post(
            "/sweeps/{id}/{direction}",
            DIRECTIONS.stream().map(Direction::label).toList(),
            call -> none(() -> direction(call.get("id"), call.get("direction")))));
  }

  private Route guarded(Supplier<Route> inner) {
    if (tokens.isEmpty()) {
      return inner.get();
    }
    return extractCredentials(
        credentials ->
            credentials.filter(this::isAllowed).isPresent()
                ? inner.get()
                : complete(
                    Responses.problems(StatusCodes.UNAUTHORIZED, "a valid bearer token is needed")
                        .addHeader(RawHeader.create("WWW-Authenticate", "Bearer"))));
  }

  private boolean isAllowed(HttpCredentials credentials) {
    return credentials.scheme().equalsIgnoreCase("bearer")
        && tokens.orElseThrow().accept(credentials.token());
  }

  private Route onWorker(Function<String, CompletionStage<Directed>> what) {
    return only(
        List.of("name"),
        () -> parameter("name", name -> answer(what.apply(name), Responses::directed)));
  }

  private Route retry(String id) {
    return only(
        List.of("failed"),
        () ->
            parameterOptional(
                "failed",
                failed ->
                    askers.asked(
                        asked -> retry(id, Queries.flag("failed", failed, false), asked))));
  }

  /**
   * Runs a sweep that has ended again.
   *
   * @param failed whether only what has failed, which needs no end to be waited for
   */
  private Route retry(String id, boolean failed, SweepService.Asked asked) {
    return onSweep(
        id,
        sweep -> {
          if (!sweep.status().isFinished()) {
            return failed
                ? service
                    .direct(sweep.sweep(), Direction.RETRY_FAILED)
                    .thenApply(Responses::directed)
                : now(conflict(sweep, "it has not ended; only what has failed can be retried"));
          } else if (failed && sweep.status() != SweepStatus.COMPLETED) {
            return now(conflict(sweep, "more than what has failed is left to do"));
          }
          CompletionStage<Submitted> again = offThread(() -> service.retry(sweep, asked));
          return again.thenApply(Responses::accepted);
        });
  }

  private static HttpResponse conflict(SweepSummary sweep, String problem) {
    return Responses.problems(
        StatusCodes.CONFLICT,
        "sweep " + sweep.sweep().value() + " is " + sweep.status().label() + "; " + problem);
  }

  private Route reprioritize(String id) {
    return only(
        List.of("value"),
        () ->
            parameter(
                "value",
                value -> {
                  int priority = Queries.priority(value);
                  return onSweep(
                      id,
                      sweep ->
                          service
                              .reprioritize(sweep.sweep(), priority)
                              .thenApply(Responses::directed));
                }));
  }

  private Route direction(String id, String verb) {
    Direction direction =
        DIRECTIONS.stream().filter(one -> one.label().equals(verb)).findFirst().orElseThrow();
    return onSweep(
        id, sweep -> service.direct(sweep.sweep(), direction).thenApply(Responses::directed));
  }

  private Route files(String id) {
    return onSweep(id, sweep -> offThread(() -> now(Responses.ok(service.files(sweep)))));
  }

  private Route best(String id) {
    return onSweep(id, sweep -> offThread(() -> now(Responses.ok(service.best(sweep)))));
  }

  private Route file(String id, String name) {
    return onSweep(
        id,
        sweep ->
            offThread(
                () ->
                    now(
                        service
                            .file(sweep, name)
                            .map(
                                content ->
                                    HttpResponse.create()
                                        .withEntity(
                                            HttpEntities.create(Responses.type(name), content)))
                            .orElseGet(
                                () -> Responses.missing("sweep " + id + " has no file " + name)))));
  }

  private Route places(String id) {
    return only(
        List.of("trial"),
        () ->
            parameterOptional(
                "trial",
                trial ->
                    onSweep(
                        id,
                        sweep ->
                            offThread(
                                () ->
                                    now(
                                        ArtifactPlaces.answer(
                                            artifacts, service, sweep, trial))))));
  }

  private Route eventStream() {
    return only(
        List.of("sweep", "since", "newest", "follow"),
        () ->
            parameterMap(
                given ->
                    optionalHeaderValueByName(
                        "Last-Event-ID",
                        last -> {
                          Optional<SweepId> sweep = optional(given, "sweep").map(SweepId::new);
                          boolean live = Queries.flag("follow", optional(given, "follow"), true);
                          return last.or(() -> optional(given, "since"))
                              .map(since -> events(Queries.sequence(since), sweep, live))
                              .orElseGet(() -> events(optional(given, "newest"), sweep, live));
                        })));
  }

  /**
   * @param newest how many past events are sent first; all where absent
   */
  private Route events(Optional<String> newest, Optional<SweepId> sweep, boolean live) {
    if (newest.isEmpty()) {
      return events(0, sweep, live);
    }
    int most = Queries.number("number of newest events", newest.get());
    return onSuccess(
        offThread(() -> CompletableFuture.completedFuture(events.before(most))),
        after -> events(after, sweep, live));
  }

  private static Optional<String> optional(Map<String, String> given, String name) {
    return Optional.ofNullable(given.get(name));
  }

  private Route events(long after, Optional<SweepId> sweep, boolean live) {
    Source<ServerSentEvent, NotUsed> source = events.after(after, sweep, live);
    return people.ifKnown(
        sweep,
        service,
        () ->
            completeOK(
                source.keepAlive(HEARTBEAT, ServerSentEvent::heartbeat),
                EventStreamMarshalling.toEventStream()));
  }

  private CompletionStage<HttpResponse> runBytes(SweepSummary sweep) {
    return disk.runBytes(sweep.runFolder())
        .thenApply(bytes -> Responses.ok(new DiskRoutes.Used(bytes)));
  }

  private Route ready() {
    return completeWithFuture(
        service
            .ready()
            .thenCombine(
                disk.journalProblem(),
                (ready, problem) ->
                    problem
                        .map(why -> "the journal can't be written to: " + why)
                        .or(
                            () ->
                                ready
                                    ? Optional.empty()
                                    : Optional.of("the coordinator is not here")))
            .thenCombine(
                disk.soonUse(),
                (problem, use) ->
                    problem
                        .map(why -> Responses.problems(StatusCodes.SERVICE_UNAVAILABLE, why))
                        .orElseGet(
                            () ->
                                Responses.text(
                                    StatusCodes.OK, "ready\n" + DiskRoutes.lines(use)))));
  }

  private Route scraped() {
    return completeWithFuture(
        service
            .sweeps()
            .thenCombine(
                service.workers(),
                (sweeps, workers) ->
                    disk.soonUse()
                        .thenApply(use -> metrics.scrape(sweeps.sweeps(), workers.workers(), use)))
            .thenCompose(stage -> stage)
            .thenApply(text -> Responses.text(StatusCodes.OK, text)));
  }

  private static HttpResponse description() {
    try (InputStream file = HttpApi.class.getResourceAsStream("openapi.yaml")) {
      return Responses.text(
          StatusCodes.OK, new String(file.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
