package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.TrialOutcome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The results of a sweep so far.
 *
 * @param stages stages of the plan
 * @param stagesDone of them done
 * @param stagesReused of those, not computed in this run
 * @param completed trials that are complete
 * @param failed trials that failed
 * @param provenance how they were made; unknown, and not written, where an older version wrote them
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SweepResults(
    SweepId sweep,
    String name,
    int stages,
    @JsonProperty("stages_done") int stagesDone,
    @JsonProperty("stages_reused") int stagesReused,
    int completed,
    int failed,
    List<TrialResult> trials,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Provenance.NotWritten.class)
        Provenance provenance) {
  public SweepResults {
    provenance = provenance == null ? Provenance.UNKNOWN : provenance;
  }

  /** Kinds whose metrics stand under the roles that their stages have in a trial, or nowhere. */
  private static final Set<StageKind> OF_ROLES =
      Set.of(
          StageKind.DISCOVERY,
          StageKind.ESTIMATION,
          StageKind.PROFILE,
          StageKind.PRUNING,
          StageKind.RECOVERY,
          StageKind.TRAINING,
          StageKind.EVALUATION,
          StageKind.EXPORT,
          StageKind.IMPORT);

  /** What is measured of each text. */
  private static final List<String> OF_TEXTS = List.of("perplexity", "bits_per_byte");

  /**
   * @param results of the stages that are done
   * @param notRecovered by index of trial, why it was left out of recovery
   * @param completed by index of trial, how it ended
   */
  public static SweepResults of(
      SweepId id,
      SweepPlan plan,
      Map<StageKey, StageState.Result> results,
      Map<Integer, TrialOutcome> completed,
      Map<Integer, String> notRecovered) {
    Map<StageKey, StageSpec> specs =
        plan.stages().stream().collect(Collectors.toMap(Stage::key, Stage::spec));
    return new SweepResults(
        id,
        plan.name(),
        plan.stages().size(),
        results.size(),
        (int) results.values().stream().filter(StageState.Result::reused).count(),
        completed.size(),
        (int) completed.values().stream().filter(end -> end.failure().isPresent()).count(),
        plan.trials().stream()
            .map(
                trial ->
                    trial(
                        trial,
                        specs,
                        results,
                        notRecovered.getOrDefault(trial.index(), ""),
                        Optional.ofNullable(completed.get(trial.index()))
                            .flatMap(TrialOutcome::failure)
                            .orElse("")))
            .toList(),
        Provenance.UNKNOWN);
  }

  /** Trials that differ in their seeds alone, together. */
  @JsonProperty(value = "repetitions", access = JsonProperty.Access.READ_ONLY)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public List<Repetition> repetitions() {
    return Repetition.of(trials);
  }

  /** The same with these trials. */
  public SweepResults with(List<TrialResult> other) {
    return new SweepResults(
        sweep, name, stages, stagesDone, stagesReused, completed, failed, other, provenance);
  }

  /** The same with how they were made. */
  public SweepResults with(Provenance known) {
    return new SweepResults(
        sweep, name, stages, stagesDone, stagesReused, completed, failed, trials, known);
  }

  private static TrialResult trial(
      Trial trial,
      Map<StageKey, StageSpec> specs,
      Map<StageKey, StageState.Result> results,
      String notRecovered,
      String failure) {
    Optional<EvaluationSpec> evaluation =
        specs.get(trial.before()) instanceof EvaluationSpec asked
            ? Optional.of(asked)
            : Optional.empty();
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("recipe", trial.pruning().value());
    trial.compensation().ifPresent(key -> keys.put("compensation", key.value()));
    keys.put("before", trial.before().value());
    keys.put("pruned", trial.after().value());
    trial.recovered().ifPresent(key -> keys.put("recovered", key.value()));
    trial.training().ifPresent(key -> keys.put("scratch", key.value()));
    trial.trained().ifPresent(key -> keys.put("scratch_evaluation", key.value()));
    trial.recovery().ifPresent(key -> keys.put("adapter", key.value()));
    trial.export().ifPresent(key -> keys.put("checkpoint", key.value()));
    trial.further().forEach(one -> keys.put(place(one), one.key().value()));
    if (specs.get(trial.pruning()) instanceof PruningSpec pruning) {
      pruning.scores().ifPresent(key -> keys.put("scores", key.value()));
    }
    return new TrialResult(
        trial.index(),
        trial.model().name(),
        GridPoint.of(trial.point()),
        TrialSettings.of(trial, specs),
        evaluation.map(EvaluationSpec::precision).orElse(Precision.FLOAT32),
        evaluation.map(BeginTokens::of).orElseGet(BeginTokens.Unknown::new),
        metrics(trial, specs, results),
        trial.stages().stream()
            .filter(results::containsKey)
            .mapToDouble(key -> results.get(key).seconds())
            .sum(),
        keys,
        notRecovered,
        failure);
  }

  /** By role; those of kinds that came later under the kind's label. */
  private static Map<String, Map<String, Double>> metrics(
      Trial trial, Map<StageKey, StageSpec> specs, Map<StageKey, StageState.Result> results) {
    Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
    put(metrics, "pruning", Optional.of(trial.pruning()), results);
    put(metrics, "before", Optional.of(trial.before()), results);
    put(metrics, "pruned", Optional.of(trial.after()), results);
    put(metrics, "recovery", trial.recovery(), results);
    put(metrics, "recovered", trial.recovered(), results);
    put(metrics, "scratch_training", trial.training(), results);
    put(metrics, "scratch", trial.trained(), results);
    trial.further().forEach(one -> put(metrics, one, results));
    for (StageKey key : trial.stages()) {
      StageKind kind = specs.get(key).kind();
      if (!OF_ROLES.contains(kind)) {
        put(metrics, kind.label(), Optional.of(key), results);
      }
    }
    return metrics;
  }

  /** What it is called beside the evaluation of its model. */
  private static String place(Trial.Further further) {
    String role = further.role().label();
    String evaluation = role.equals("scratch") ? "scratch_evaluation" : role;
    return further.as(
        onText -> evaluation + ":" + onText.text(), onTheWay -> role + "@" + onTheWay.step());
  }

  /**
   * Of another text what is measured of it, by its name among the metrics of its model; of an
   * adapter on its way all, under a role of its own.
   */
  private static void put(
      Map<String, Map<String, Double>> metrics,
      Trial.Further further,
      Map<StageKey, StageState.Result> results) {
    StageState.Result result = results.get(further.key());
    if (result == null) {
      return;
    }
    if (further instanceof Trial.Further.OnText onText) {
      Map<String, Double> own =
          metrics.computeIfAbsent(further.role().label(), role -> new TreeMap<>());
      for (String metric : OF_TEXTS) {
        Double value = result.metrics().get(metric);
        if (value != null) {
          own.put(metric + "." + onText.text(), value);
        }
      }
    } else {
      metrics.put(place(further), new TreeMap<>(result.metrics()));
    }
  }

  private static void put(
      Map<String, Map<String, Double>> metrics,
      String name,
      Optional<StageKey> key,
      Map<StageKey, StageState.Result> results) {
    key.map(results::get).ifPresent(result -> metrics.put(name, new TreeMap<>(result.metrics())));
  }
}
