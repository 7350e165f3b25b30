package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code secateur list}: the sweeps of a running cluster. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the sweeps of a running coordinator, unfinished ones first.")
final class ListCommand implements Callable<Integer> {
  @Mixin private AnswerOptions answers;

  @Mixin private ApiOptions api;

  @Override
  public Integer call() throws Exception {
    JsonNode sweeps = api.client().get("/api/v1/sweeps");
    return answers.print(
        sweeps,
        out -> {
          heads(out);
          sweeps.forEach(sweep -> line(sweep, out));
        });
  }

  static void heads(PrintWriter out) {
    out.printf("%-48s %-10s %8s %13s %13s%n", "sweep", "status", "priority", "stages", "trials");
  }

  /** A sweep in a line. */
  static void line(JsonNode sweep, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-48s %-10s %8d %6d/%6d %6d/%6d%s%n",
        sweep.get("sweep").asText(),
        sweep.get("status").asText(),
        sweep.get("priority").asInt(),
        sweep.get("stages_done").asInt(),
        sweep.get("stages").asInt(),
        sweep.get("trials_completed").asInt(),
        sweep.get("trials").asInt(),
        sweep.get("trials_failed").asInt() > 0
            ? " (" + sweep.get("trials_failed").asInt() + " failed)"
            : "");
  }
}
