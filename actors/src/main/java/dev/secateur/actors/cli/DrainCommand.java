package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur drain}: no more tasks for a worker. */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    description =
        "Drains a worker: it finishes its task and gets no more, so that it can be shut down.")
final class DrainCommand implements Callable<Integer> {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  @Parameters(
      paramLabel = "WORKER",
      description = "Name of the worker, as 'secateur workers' shows it.")
  private String worker;

  @Option(
      names = "--wait",
      description = "Wait until it has finished its task or is gone, without a time limit.")
  private boolean wait;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (worker.isBlank()) {
      throw new InputException("the worker's name is empty; 'secateur workers' shows them");
    }
    ApiClient client = api.client();
    JsonNode answer = client.post("/api/v1/workers/drain", Map.of("name", worker)).json();
    PrintWriter out = spec.commandLine().getOut();
    out.println(answer.get("done").asText() + " " + worker);
    out.flush();
    if (wait) {
      awaitIdle(client.untilAnswered());
      out.println("idle " + worker);
      out.flush();
    }
    return 0;
  }

  /** Tells on stderr what it still does, each time that it changes. */
  private void awaitIdle(ApiClient client) throws IOException, InterruptedException {
    PrintWriter talk = spec.commandLine().getErr();
    String told = "";
    for (Optional<String> work = work(client); work.isPresent(); work = work(client)) {
      if (!told.equals(work.get())) {
        told = work.get();
        talk.println(worker + ": " + told);
        talk.flush();
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private Optional<String> work(ApiClient client) throws IOException, InterruptedException {
    for (JsonNode each : client.get("/api/v1/workers")) {
      if (each.get("name").asText().equals(worker) && each.path("task").isObject()) {
        return Optional.of(WorkersCommand.work(each));
      }
    }
    return Optional.empty();
  }
}
