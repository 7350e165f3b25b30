package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.coordinator.config.OneLine;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code secateur status}: where a sweep stands. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description =
        "Shows the progress of a sweep of a running coordinator, and which workers run its"
            + " stages.")
final class StatusCommand implements Callable<Integer> {
  private static final double MEBIBYTE = 1 << 20;
  private static final int LONGEST_LINE = 4_000;

  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Mixin private AnswerOptions answers;

  @Mixin private ApiOptions api;

  @Override
  public Integer call() throws Exception {
    ApiClient client = api.client();
    JsonNode sweep = client.get(ApiClient.sweep(id));
    return answers.print(sweep, out -> print(client, sweep, out));
  }

  private void print(ApiClient client, JsonNode sweep, PrintWriter out)
      throws IOException, InterruptedException {
    ListCommand.print(List.of(sweep), out);
    out.println("submitted " + EventLine.time(sweep.get("at").asText()));
    String notes = sweep.path("notes").asText("");
    if (!notes.isEmpty()) {
      notes.lines().forEach(line -> out.println("notes     " + OneLine.of(line, LONGEST_LINE)));
    }
    out.println("results   " + sweep.get("run_folder").asText() + " (on the coordinator)");
    out.printf(
        Locale.ROOT,
        "run       %.2f MiB%n",
        client.get(ApiClient.sweep(id) + "/disk").get("used").asLong() / MEBIBYTE);
    DiskView.places(client.get("/api/v1/disk"), out);
    List<JsonNode> workers = new ArrayList<>();
    for (JsonNode worker : client.get("/api/v1/workers")) {
      if (worker.path("task").path("sweep").asText().equals(id)) {
        workers.add(worker);
      }
    }
    WorkersCommand.print(workers, out);
  }
}
