package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepEvent;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * How the results of a sweep were made: the request and its author, models and data, and the
 * machines that computed them. No number of the results depends on it. Unknown values, of sweeps
 * from before they were recorded, are empty.
 *
 * @param secateur the version of the coordinator that wrote it
 * @param codeVersion that the stages' keys stand for
 * @param java of the coordinator
 * @param command what the author typed, or requested from the API
 * @param client what sent it
 * @param owner the owner of the token it came with, or the user who ran it on this machine; empty
 *     for requests without a token
 * @param labels by their names; the value is empty if there is only a name
 * @param notes empty for none
 * @param ended empty before
 * @param configuration as it was submitted
 * @param settings every key of the configuration by its path, defaults included
 * @param seeds by what uses them
 * @param computed how many of the finished stages each worker computed, including reused ones
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Provenance(
    String secateur,
    @JsonProperty("code_version") int codeVersion,
    String java,
    String command,
    String client,
    String owner,
    SortedMap<String, String> labels,
    String notes,
    String submitted,
    String ended,
    String configuration,
    Map<String, Object> settings,
    SortedMap<String, SortedSet<Long>> seeds,
    List<Model> models,
    List<Data> data,
    List<Computed> computed) {
  /** Of results of a version that did not store it. */
  public static final Provenance UNKNOWN =
      new Provenance(
          "",
          0,
          "",
          "",
          "",
          "",
          Collections.emptySortedMap(),
          "",
          "",
          "",
          "",
          Map.of(),
          Collections.emptySortedMap(),
          List.of(),
          List.of(),
          List.of());

  private static final String HUB = "hf:";

  /** Equals what is not written, as Jackson asks of a filter. */
  static final class NotWritten {
    @Override
    public boolean equals(Object value) {
      return UNKNOWN.equals(value);
    }

    @Override
    public int hashCode() {
      return UNKNOWN.hashCode();
    }
  }

  public Provenance {
    owner = owner == null ? "" : owner;
    labels = labels == null ? new TreeMap<>() : labels;
    notes = notes == null ? "" : notes;
  }

  /** Whether the version that wrote the results stored it. */
  @JsonIgnore
  public boolean isKnown() {
    return !equals(UNKNOWN);
  }

  /**
   * A base model.
   *
   * @param name what the configuration calls it
   * @param source its folder, or its repository on the hub
   * @param revision of the repository; empty of folders
   * @param sha256 of config, tokenizer and weights
   */
  public record Model(String name, String source, String revision, String sha256) {
    static Model of(ModelRef model) {
      int at = model.path().startsWith(HUB) ? model.path().lastIndexOf('@') : -1;
      return new Model(
          model.name(),
          at < 0 ? model.path() : model.path().substring(0, at),
          at < 0 ? "" : model.path().substring(at + 1),
          model.sha256());
    }
  }

  /**
   * A text, instruction rows or a folder of tasks.
   *
   * @param use what for
   * @param source a file, a file of the hub at its revision, or the name of built-in data
   * @param sha256 of the file, or the name of built-in data
   */
  public record Data(String use, String source, String sha256) {}

  /**
   * @param machine worker, host, device and versions
   * @param stages how many it computed
   */
  public record Computed(Map<String, String> machine, int stages) {}

  /** Of a sweep without any outcome yet. */
  public static Provenance of(SweepEvent.SweepSubmitted submission) {
    Origin origin = submission.origin();
    Inputs inputs = Inputs.of(submission.plan());
    return new Provenance(
        version(),
        submission.plan().codeVersion().number(),
        System.getProperty("java.version"),
        origin.command(),
        origin.client(),
        origin.owner(),
        origin.labels(),
        origin.notes(),
        submission.at().toString(),
        "",
        origin.configuration(),
        settings(origin),
        inputs.seeds(),
        inputs.models(),
        inputs.data(),
        List.of());
  }

  private static String version() {
    String version = Provenance.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static Map<String, Object> settings(Origin origin) {
    try {
      return Json.MAPPER.readValue(origin.settings(), new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the settings of a sweep are no JSON object", e);
    }
  }

  /**
   * The same, with outcomes.
   *
   * @param results of the stages that are done
   * @param when the sweep ended; empty where it has not
   */
  public Provenance with(Collection<StageState.Result> results, String when) {
    return new Provenance(
        secateur,
        codeVersion,
        java,
        command,
        client,
        owner,
        labels,
        notes,
        submitted,
        when,
        configuration,
        settings,
        seeds,
        models,
        data,
        computed(results));
  }

  private static List<Computed> computed(Collection<StageState.Result> results) {
    Map<Map<String, String>, Integer> stages = new LinkedHashMap<>();
    results.forEach(result -> stages.merge(result.machine(), 1, Integer::sum));
    SortedMap<String, Computed> sorted = new TreeMap<>();
    stages.forEach(
        (machine, count) -> {
          SortedMap<String, String> byName = new TreeMap<>(machine);
          sorted.put(byName.toString(), new Computed(byName, count));
        });
    return List.copyOf(sorted.values());
  }
}
