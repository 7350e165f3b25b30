package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code secateur workers}: the workers of a running cluster. */
@Command(
    name = "workers",
    mixinStandardHelpOptions = true,
    description = "Lists the workers of a running coordinator.")
final class WorkersCommand implements Callable<Integer> {
  @Mixin private AnswerOptions answers;

  @Mixin private ApiOptions api;

  @Override
  public Integer call() throws Exception {
    JsonNode workers = api.client().get("/api/v1/workers");
    return answers.print(workers, out -> print(workers, out));
  }

  /** Workers, one per line. */
  static void print(Iterable<JsonNode> workers, PrintWriter out) {
    AlignedTable table =
        new AlignedTable(
            Head.words(""), Head.words(""), Head.numbers(""), Head.words(""), Head.words(""));
    workers.forEach(
        worker ->
            table.add(
                worker.get("name").asText(),
                worker.at("/capabilities/device").asText(),
                (worker.at("/capabilities/memory").asLong() >> 20) + " MiB",
                DiskView.left(worker),
                state(worker)));
    table.print(out);
  }

  private static String state(JsonNode worker) {
    return (worker.get("draining").asBoolean() ? "draining, " : "")
        + work(worker)
        + condition(worker.path("condition"));
  }

  private static String condition(JsonNode condition) {
    return condition.isObject()
        ? ", " + condition.get("state").asText() + ": " + condition.get("reason").asText()
        : "";
  }

  /** What a worker does. */
  static String work(JsonNode worker) {
    JsonNode task = worker.path("task");
    if (!task.isObject()) {
      return "idle";
    }
    long total = task.at("/progress/total").asLong();
    String steps = total == 0 ? "" : task.at("/progress/done").asLong() + " of " + total + " ";
    String progress = (steps + task.at("/progress/note").asText()).strip();
    return task.get("kind").asText()
        + " of "
        + task.get("sweep").asText()
        + (progress.isEmpty() ? "" : ", " + progress);
  }
}
