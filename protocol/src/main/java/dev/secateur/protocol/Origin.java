package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a sweep comes from, and how its author finds it again. Its results say it; nothing is
 * decided by it, and it is in no key. What is empty is not written, as in journals from before it
 * was kept.
 *
 * @param command what its author typed, or asked of the API
 * @param client what sent it, as it calls itself
 * @param configuration the text as it was submitted
 * @param settings every key of the configuration with its value, defaults included, as JSON
 * @param owner whose token it came with, or who ran it on this machine; empty where nobody has
 *     shown who they are
 * @param labels of its author's, by their names; the value is empty where there is only a name
 * @param notes of its author's; maybe several lines
 * @param tracking who is told of it; nobody where absent
 */
public record Origin(
    String command,
    String client,
    String configuration,
    String settings,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String owner,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, String> labels,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String notes,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Tracking> tracking) {
  /** Of sweeps that were submitted before they told theirs. */
  public static final Origin UNKNOWN = new Origin("", "", "", "{}");

  public Origin {
    owner = owner == null ? "" : owner;
    labels = labels == null ? new TreeMap<>() : new TreeMap<>(labels);
    notes = notes == null ? "" : notes;
    tracking = tracking == null ? Optional.empty() : tracking;
  }

  public Origin(String command, String client, String configuration, String settings) {
    this(command, client, configuration, settings, "", new TreeMap<>(), "", Optional.empty());
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
