package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur priority}: another share of the workers for a sweep. */
@Command(
    name = "priority",
    mixinStandardHelpOptions = true,
    description = "Changes the priority of an unfinished sweep, its share of the workers.")
final class PriorityCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Parameters(
      index = "1",
      paramLabel = "P",
      description = "Share relative to other sweeps: 1 to 9999.")
  private int priority;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    JsonNode answer =
        api.client()
            .post(ApiClient.sweep(id) + "/priority", Map.of("value", Integer.toString(priority)))
            .json();
    PrintWriter out = spec.commandLine().getOut();
    out.println(answer.get("done").asText() + " " + id);
    out.flush();
    return 0;
  }
}
