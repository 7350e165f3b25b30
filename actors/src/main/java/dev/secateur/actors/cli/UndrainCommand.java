package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.InputException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur undrain}: tasks again for a worker. */
@Command(
    name = "undrain",
    mixinStandardHelpOptions = true,
    description = "Gives tasks to a drained worker again.")
final class UndrainCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "WORKER",
      description = "Name of the worker, as 'secateur workers' shows it.")
  private String worker;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (worker.isBlank()) {
      throw new InputException("the worker's name is empty; 'secateur workers' shows them");
    }
    JsonNode answer = api.client().post("/api/v1/workers/undrain", Map.of("name", worker)).json();
    PrintWriter out = spec.commandLine().getOut();
    out.println(worker + " " + answer.get("done").asText());
    out.flush();
    return 0;
  }
}
