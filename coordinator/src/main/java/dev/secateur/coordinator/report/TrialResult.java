package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.UnlessFloat32;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The results of a trial, as far as they are known. Its JSON repeats each {@link NamedMetric} under
 * that name, which is not read: it stands in the metrics.
 *
 * @param settings what it has of keys that may have several values, as {@link TrialSettings} lists
 *     them; older results have none
 * @param compute what scores and metrics were computed in; written unless it is float32
 * @param beginTokens where begin tokens stood in what was evaluated
 * @param metrics by role: of pruning, of trainings, and of the evaluations before pruning, after it
 *     and after recovery, all of them
 * @param seconds computing time of all stages that the trial needs, shared ones included
 * @param stages the keys of its artifacts, by role
 * @param notRecovered why the trial was left out of recovery; empty if it was not
 * @param failure what failed; empty if nothing did
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonPropertyOrder({
  "trial",
  "model",
  "point",
  "settings",
  "named",
  "compute",
  "beginTokens",
  "metrics",
  "seconds",
  "stages",
  "not_recovered",
  "failure"
})
public record TrialResult(
    int trial,
    String model,
    @JsonUnwrapped GridPoint point,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Object> settings,
    @UnlessFloat32 Precision compute,
    @JsonUnwrapped BeginTokens beginTokens,
    Map<String, Map<String, Double>> metrics,
    double seconds,
    Map<String, String> stages,
    @JsonProperty("not_recovered") @JsonInclude(JsonInclude.Include.NON_EMPTY) String notRecovered,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String failure) {
  public TrialResult {
    settings = settings == null ? Map.of() : TrialSettings.plain(settings);
    compute = compute == null ? Precision.FLOAT32 : compute;
    notRecovered = notRecovered == null ? "" : notRecovered;
    failure = failure == null ? "" : failure;
  }

  /** The trial as it would be had its adapter been taken at each step where it was evaluated. */
  public List<TrialResult> onTheWay() {
    List<TrialResult> all = new ArrayList<>();
    metrics.forEach(
        (role, measured) -> {
          if (role.startsWith(ON_THE_WAY)) {
            all.add(at(role.substring(ON_THE_WAY.length()), measured));
          }
        });
    return all;
  }

  private static final String ON_THE_WAY = "recovered@";

  private TrialResult at(String step, Map<String, Double> measured) {
    Map<String, Map<String, Double>> then = new LinkedHashMap<>(metrics);
    then.keySet().removeIf(role -> role.startsWith("scratch"));
    then.put("recovered", measured);
    then.put("recovery", Map.of("steps", Double.valueOf(step)));
    Map<String, String> keys = new LinkedHashMap<>(stages);
    keys.put("recovered", stages.get(ON_THE_WAY + step));
    return new TrialResult(
        trial,
        model,
        point,
        settings,
        compute,
        beginTokens,
        then,
        seconds,
        keys,
        notRecovered,
        failure);
  }

  /** What people call it, in a line. */
  public String title() {
    return String.join(
        " ",
        "Trial " + trial + ":",
        model,
        point.way(),
        point.ratio().toPlainString(),
        point.criterion().label(),
        point.aggregation().label());
  }

  /** What the stage of a role measured, where it is known. */
  public Optional<Double> metric(String role, String name) {
    return Optional.ofNullable(metrics.get(role)).map(measured -> measured.get(name));
  }

  @JsonAnyGetter
  @JsonProperty("named")
  Map<String, Number> named() {
    Map<String, Number> named = new LinkedHashMap<>();
    NamedMetric.ALL.forEach(
        metric -> metric.value(this).ifPresent(value -> named.put(metric.name(), value)));
    return named;
  }
}
