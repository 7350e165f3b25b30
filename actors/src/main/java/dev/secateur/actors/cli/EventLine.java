package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * An event as a readable line: time, name, its sweep, trial or stage in words, and its other
 * fields.
 */
final class EventLine {
  /** What is said otherwise, or is for programs. */
  private static final Set<String> APART =
      Set.of(
          "time",
          "event",
          "sequence",
          "sha256",
          "lease",
          "stage",
          "kind",
          "trial",
          "trials",
          "metrics",
          "seconds",
          "sweep",
          "folder",
          "node",
          "actor",
          "done",
          "total",
          "note",
          "attempt",
          "level",
          "input");

  /** What happens all the time, and tells nothing that other events do not. */
  private static final Set<String> NOISE = Set.of("worker-idle", "worker-busy", "leader-changed");

  private static final int MOST_TRIALS = 4;
  private static final int BRIEF = 12;

  private final SweepWords words;

  EventLine(SweepWords words) {
    this.words = words;
  }

  /** Whether an event is shown only if all of them are requested. */
  static boolean isNoise(JsonNode event) {
    return NOISE.contains(event.path("event").asText());
  }

  /** The line; events are to come in order. */
  String of(JsonNode event) {
    String name = event.path("event").asText();
    String sweep = event.path("sweep").asText();
    if (name.matches("sweep-(submitted|replanned|extended)")) {
      words.forget(sweep);
    }
    List<String> parts = new ArrayList<>();
    parts.add(time(event.path("time").asText()));
    if (event.has("sequence")) {
      parts.add("#" + event.get("sequence").asLong());
    }
    parts.add(name);
    parts.addAll(subject(event, sweep));
    event
        .properties()
        .forEach(
            field -> {
              if (!APART.contains(field.getKey()) && !isEmpty(field.getValue())) {
                parts.add(field.getKey() + "=" + text(field.getValue()));
              }
            });
    if (!sweep.isEmpty()) {
      parts.add("sweep=" + sweep);
    }
    return String.join(" ", parts);
  }

  /** A time without its milliseconds. */
  static String time(String iso) {
    try {
      return Instant.parse(iso).truncatedTo(ChronoUnit.SECONDS).toString();
    } catch (DateTimeParseException e) {
      return iso;
    }
  }

  private List<String> subject(JsonNode event, String sweep) {
    List<String> parts = new ArrayList<>();
    if (event.has("stage")) {
      String stage =
          words.stage(sweep, event.path("kind").asText("stage"), event.get("stage").asText());
      parts.add(
          stage
              + (event.path("attempt").asInt(1) > 1 ? ", attempt " + event.get("attempt") : "")
              + ":");
      parts.add(trials(event.path("trials")));
    } else if (event.has("trial")) {
      parts.add(words.trial(sweep, event.get("trial").asInt()));
    } else if (event.has("trials")) {
      parts.add(trials(event.get("trials")));
    }
    if (event.has("done")) {
      parts.add(event.get("done") + "/" + event.path("total") + " " + event.path("note").asText());
    }
    if (event.has("seconds") && !event.path("event").asText().equals("stage-reused")) {
      parts.add(String.format(Locale.ROOT, "%.1f s", event.get("seconds").asDouble()));
    }
    JsonNode perplexity = event.path("metrics").path("perplexity");
    if (perplexity.isNumber()) {
      parts.add(String.format(Locale.ROOT, "perplexity %.3f", perplexity.asDouble()));
    }
    if (event.has("input")) {
      parts.add("input " + brief(event.get("input").asText()));
    }
    return parts.stream().map(String::strip).filter(part -> !part.isEmpty()).toList();
  }

  /** So many of them that a line can be read. */
  private static String trials(JsonNode trials) {
    if (!trials.isArray()) {
      return trials.isNumber() ? trials.asInt() + " trials" : "";
    }
    List<String> named = new ArrayList<>();
    trials.forEach(trial -> named.add(trial.asText()));
    if (named.size() > MOST_TRIALS) {
      return named.size() + " trials";
    }
    return named.isEmpty()
        ? ""
        : (named.size() == 1 ? "trial " : "trials ") + String.join(", ", named);
  }

  private static String brief(String key) {
    return key.substring(0, Math.min(BRIEF, key.length()));
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isNull() || value.isTextual() && value.asText().isEmpty();
  }

  private static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toString();
  }
}
