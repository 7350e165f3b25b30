package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a sweep comes from, and how its author finds it again. Results show it; no decision depends
 * on it, and it is in no key. Empty values are not written, as in journals from before they were
 * recorded.
 *
 * @param command what its author typed, or requested from the API
 * @param client the name that its sender gives
 * @param configuration the text as it was submitted
 * @param settings every key of the configuration with its value, defaults included, as JSON
 * @param owner the owner of the token it came with, or the user who ran it on this machine; empty
 *     for requests without a token
 * @param labels of its author, by their names; the value is empty if there is only a name
 * @param notes of its author, in one or more lines
 * @param tracking the services that receive reports of it
 */
public record Origin(
    String command,
    String client,
    String configuration,
    String settings,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String owner,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, String> labels,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String notes,
    Tracking tracking) {
  /** Of sweeps that were submitted before they told theirs. */
  public static final Origin UNKNOWN = new Origin("", "", "", "{}");

  public Origin {
    owner = owner == null ? "" : owner;
    labels = labels == null ? new TreeMap<>() : new TreeMap<>(labels);
    notes = notes == null ? "" : notes;
    tracking = tracking == null ? Tracking.NONE : tracking;
  }

  public Origin(String command, String client, String configuration, String settings) {
    this(command, client, configuration, settings, "", new TreeMap<>(), "", Tracking.NONE);
  }

  @JsonProperty("tracking")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  Tracking writtenTracking() {
    return tracking.isNone() ? null : tracking;
  }

  /**
   * The same for a sweep that is there already: its owner stays, its labels too but for those that
   * this has, and its notes unless this has some.
   */
  public Origin over(String knownOwner, Map<String, String> known, String knownNotes) {
    SortedMap<String, String> all = new TreeMap<>(known);
    all.putAll(labels);
    return new Origin(
        command,
        client,
        configuration,
        settings,
        knownOwner,
        all,
        notes.isEmpty() ? knownNotes : notes,
        tracking);
  }
}
