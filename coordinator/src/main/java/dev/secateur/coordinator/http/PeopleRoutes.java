package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Route;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.Plans;
import dev.secateur.coordinator.http.NodeLogs.Filter;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.report.StageWords;
import dev.secateur.coordinator.report.TrialStories;
import dev.secateur.coordinator.report.TrialStory;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Routes that explain what happened: a sweep's plan in words, the history of a trial, and the logs
 * of nodes. They answer from the journal, so they also cover sweeps that have ended.
 */
public final class PeopleRoutes extends ApiDirectives {
  private static final int CHUNK = 2_000;
  private static final int DEFAULT_LINES = 100;
  private static final String MOST_TRIALS = "999999999";

  private final EventJournal journal;
  private final Plans plans;
  private final NodeLogs logs;
  private final ClusterNodes nodes;
  private final Executor blocking;

  /**
   * @param blocking where the journal is read
   */
  public PeopleRoutes(EventJournal journal, NodeLogs logs, ClusterNodes nodes, Executor blocking) {
    this.journal = journal;
    this.plans = new Plans(journal);
    this.logs = logs;
    this.nodes = nodes;
    this.blocking = blocking;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            "/sweeps/{id}/plan", call -> answered(() -> plan(new SweepId(call.get("id"))))),
        Endpoint.get(
            "/sweeps/{id}/trials/{index}",
            call -> answered(() -> trial(new SweepId(call.get("id")), call.get("index")))),
        Endpoint.get("/sweeps/{id}/trials", call -> trials(new SweepId(call.get("id")))),
        Endpoint.get("/nodes", call -> answered(() -> Responses.ok(nodes.now()))),
        Endpoint.get("/logs", call -> logs()));
  }

  /**
   * Continues if there is such a sweep, or the journal tells of one that is deleted; and where no
   * coordinator says.
   *
   * @param sweep the one that is asked for
   * @param service knows it, if anybody
   */
  Route ifKnown(Optional<SweepId> sweep, SweepService service, Supplier<Route> inner) {
    if (sweep.isEmpty()) {
      return inner.get();
    }
    return onSuccess(
        service
            .sweep(sweep.get())
            .handle((found, failure) -> failure != null || found.isPresent())
            .thenApplyAsync(known -> known || !plans.numbers(sweep.get()).isEmpty(), blocking),
        known -> known ? inner.get() : complete(Responses.noSweep(sweep.get())));
  }

  private Route answered(Supplier<HttpResponse> answer) {
    return none(() -> completeWithFuture(CompletableFuture.supplyAsync(answer, blocking)));
  }

  private HttpResponse plan(SweepId sweep) {
    return plans
        .of(sweep)
        .map(plan -> Responses.ok(words(sweep, plan)))
        .orElseGet(() -> Responses.noSweep(sweep));
  }

  private static PlanInWords words(SweepId sweep, SweepPlan plan) {
    StageWords words = new StageWords(plan);
    Map<StageKey, List<Integer>> owners = new HashMap<>();
    for (Trial trial : plan.trials()) {
      for (StageKey key : trial.stages()) {
        owners.computeIfAbsent(key, any -> new ArrayList<>()).add(trial.index());
      }
    }
    return new PlanInWords(
        sweep,
        plan.name(),
        plan.trials().stream().map(StageWords::of).toList(),
        plan.stages().stream()
            .map(
                stage ->
                    new StageInWords(
                        stage.key(),
                        stage.kind(),
                        words.of(stage.key()),
                        stage.inputs(),
                        owners.getOrDefault(stage.key(), List.of())))
            .toList());
  }

  /**
   * A plan for people.
   *
   * @param trials model and point of each
   */
  record PlanInWords(SweepId sweep, String name, List<String> trials, List<StageInWords> stages) {}

  /**
   * @param inputs the stages whose artifacts it reads
   * @param trials that need it
   */
  record StageInWords(
      StageKey stage, StageKind kind, String words, List<StageKey> inputs, List<Integer> trials) {}

  /** Some of a sweep's trials, as planned. */
  private Route trials(SweepId sweep) {
    return query(
        List.of("from", "count"),
        given -> {
          int from = Queries.number("first trial", given.getOrDefault("from", "0"));
          int count = Queries.number("number of trials", given.getOrDefault("count", MOST_TRIALS));
          return completeWithFuture(
              CompletableFuture.supplyAsync(() -> trials(sweep, from, count), blocking));
        });
  }

  private HttpResponse trials(SweepId sweep, int from, int count) {
    return PlannedTrials.of(plans, sweep, from, count)
        .map(Responses::ok)
        .orElseGet(() -> Responses.noSweep(sweep));
  }

  /**
   * Lines of logs.
   *
   * @param lines as they stand there, by their time
   * @param silent nodes that did not answer in time
   */
  record LogLines(List<JsonNode> lines, List<String> silent) {}

  private HttpResponse trial(SweepId sweep, String number) {
    int index = Queries.number("trial", number);
    List<Long> numbers = plans.numbers(sweep);
    if (numbers.isEmpty()) {
      return Responses.noSweep(sweep);
    }
    return story(sweep, index, numbers).map(Responses::ok).orElseGet(() -> noTrial(sweep, index));
  }

  private HttpResponse noTrial(SweepId sweep, int index) {
    String known =
        plans
            .of(sweep)
            .map(plan -> "; its trials are 0 to " + (plan.trials().size() - 1))
            .orElse("");
    return Responses.missing("sweep " + sweep.value() + " has no trial " + index + known);
  }

  /** Reads from its first submission on, until it has ended and is not submitted again. */
  private Optional<TrialStory> story(SweepId sweep, int index, List<Long> numbers) {
    TrialStories stories = new TrialStories(sweep, index);
    long last = numbers.get(numbers.size() - 1);
    long[] heard = {numbers.get(0) - 1};
    for (long before = -1; before != heard[0] && !(stories.isOver() && heard[0] >= last); ) {
      before = heard[0];
      journal.read(
          before + 1,
          before + CHUNK,
          event -> {
            heard[0] = event.sequence();
            stories.hear(event);
          });
    }
    return stories.story();
  }

  /** Lines of nodes' logs. */
  private Route logs() {
    return query(
        List.of("worker", "stage", "sweep", "since", "lines"), given -> logs(question(given)));
  }

  private Route logs(NodeLogs.Question question) {
    return answer(logs.read(question), answer -> lines(question, answer));
  }

  private static NodeLogs.Question question(Map<String, String> given) {
    Optional<String> worker = optional(given, "worker");
    Optional<String> stage = optional(given, "stage");
    if (worker.isPresent() == stage.isPresent()) {
      throw new InputException("exactly one of the parameters 'worker' and 'stage' is required");
    }
    Map<Filter, String> filters = new EnumMap<>(Filter.class);
    worker.ifPresent(name -> filters.put(Filter.WORKER, name));
    stage.ifPresent(key -> filters.put(Filter.STAGE, Queries.stage(key)));
    optional(given, "sweep").ifPresent(sweep -> filters.put(Filter.SWEEP, sweep));
    optional(given, "since").ifPresent(time -> filters.put(Filter.SINCE, Queries.time(time)));
    return new NodeLogs.Question(
        filters, optional(given, "lines").map(Queries::lines).orElse(DEFAULT_LINES));
  }

  private static HttpResponse lines(NodeLogs.Question question, NodeLogs.Answer answer) {
    if (answer.lines().isEmpty() && question.of(Filter.SINCE).isEmpty()) {
      return Responses.missing(
          "no node of the cluster has log lines of "
              + question
                  .of(Filter.WORKER)
                  .map(name -> "worker " + name)
                  .orElseGet(() -> "stage " + question.of(Filter.STAGE).orElseThrow())
              + (answer.silent().isEmpty()
                  ? ""
                  : "; no answer from " + String.join(", ", answer.silent())));
    }
    return Responses.ok(
        new LogLines(answer.lines().stream().map(PeopleRoutes::parsed).toList(), answer.silent()));
  }

  private static JsonNode parsed(String line) {
    try {
      return Json.MAPPER.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
