package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code secateur describe}: a trial's history, stage by stage. */
@Command(
    name = "describe",
    mixinStandardHelpOptions = true,
    description = {
      "Shows a trial's stages in order, each with its attempts: worker, time, duration, and"
          + " why an attempt failed.",
      "Works for finished sweeps too."
    })
final class DescribeCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Parameters(index = "1", paramLabel = "TRIAL", description = "The trial's number.")
  private int trial;

  @Mixin private AnswerOptions answers;

  @Mixin private ApiOptions api;

  @Override
  public Integer call() throws Exception {
    JsonNode story = api.client().get(ApiClient.sweep(id) + "/trials/" + trial);
    return answers.print(story, out -> print(story, out));
  }

  private static void print(JsonNode story, PrintWriter out) {
    out.printf(
        "trial %d of %s: %s%n%s%s%n",
        story.get("trial").asInt(),
        story.get("sweep").asText(),
        story.get("words").asText(),
        story.get("status").asText(),
        reason(story));
    for (JsonNode stage : story.get("stages")) {
      out.printf(
          "%n%s  (%s)%n  %s%s%s%n",
          stage.get("words").asText(),
          stage.get("stage").asText().substring(0, 12),
          stage.get("status").asText(),
          stage.get("reused").asBoolean() ? ", reused" : seconds(stage),
          stage.has("begun") ? ", " + times(stage) : "");
      for (JsonNode attempt : stage.get("attempts")) {
        out.printf(
            "  attempt %d by %s: %s, %s%s%s%n",
            attempt.get("attempt").asInt(),
            attempt.get("worker").asText(),
            attempt.get("outcome").asText(),
            times(attempt),
            attempt.get("sweep").equals(story.get("sweep"))
                ? ""
                : ", for sweep " + attempt.get("sweep").asText(),
            reason(attempt));
      }
    }
  }

  private static String seconds(JsonNode stage) {
    return stage.has("seconds")
        ? String.format(Locale.ROOT, " in %.1f s", stage.get("seconds").asDouble())
        : "";
  }

  private static String times(JsonNode what) {
    String end = what.has("ended") ? " to " + EventLine.time(what.get("ended").asText()) : "";
    return (end.isEmpty() ? "since " : "") + EventLine.time(what.get("begun").asText()) + end;
  }

  private static String reason(JsonNode what) {
    return what.has("reason") ? ": " + what.get("reason").asText() : "";
  }
}
