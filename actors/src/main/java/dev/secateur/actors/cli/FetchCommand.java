package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.coordinator.config.Key;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur fetch}: what a trial made, from wherever it is kept. */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    description = {
      "Downloads a trial's checkpoint (with its GGUF file), adapter, recipe, compensation and"
          + " scores, each into a folder of that name.",
      "Run the same command again to resume an interrupted download. Every file is verified"
          + " by its SHA-256."
    })
final class FetchCommand implements Callable<Integer> {
  private static final Key<Long> LIMIT = Key.bytes("limit", "bytes per second");
  private static final Duration PAUSE = Duration.ofSeconds(1);

  @Parameters(index = "0", paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Parameters(
      index = "1",
      paramLabel = "TRIAL",
      description = "The trial's number, as 'secateur results ID' shows it.")
  private int trial;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder to download to; each artifact gets its own subfolder.")
  private Path out;

  @Option(
      names = "--only",
      paramLabel = "NAMES",
      split = ",",
      description =
          "Only these of checkpoint, adapter, recipe, compensation, scores (default: all that"
              + " exist).")
  private List<String> only = List.of();

  @Option(
      names = "--limit",
      paramLabel = "SIZE",
      description = "Maximum rate in bytes per second, such as 50MiB.")
  private String limit;

  @Option(
      names = "--compute",
      description = "If something is lost, first run the sweep again for it ('secateur retry ID').")
  private boolean compute;

  @Mixin private JsonOption json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    ApiClient client = api.client();
    Optional<Bandwidth> bandwidth = bandwidth();
    TrialArtifacts artifacts = TrialArtifacts.ask(client, id, trial, only);
    if (compute && !artifacts.lost().isEmpty()) {
      computeAgain(client, artifacts);
      artifacts = TrialArtifacts.ask(client, id, trial, only);
    }
    artifacts.absent().forEach(this::say);
    List<Fetched> fetched = new ArrayList<>();
    for (TrialArtifacts.Wanted wanted : artifacts.there()) {
      fetched.add(fetch(client, wanted, bandwidth));
    }
    tell(fetched);
    artifacts.check();
    return 0;
  }

  private record Fetched(TrialArtifacts.Wanted artifact, Path folder, long bytes) {}

  private Optional<Bandwidth> bandwidth() {
    try {
      return Optional.ofNullable(limit).map(LIMIT::of).map(Bandwidth::new);
    } catch (InputException e) {
      throw new InputException("--limit " + e.getMessage(), e);
    }
  }

  private Fetched fetch(
      ApiClient client, TrialArtifacts.Wanted wanted, Optional<Bandwidth> bandwidth)
      throws IOException, InterruptedException {
    Files.createDirectories(out);
    String path = "/api/v1/artifacts/" + wanted.stage();
    FetchedFolder folder =
        new FetchedFolder(out.resolve(wanted.role()), path, client.bytes(path + "/manifest"));
    if (!folder.isThere()) {
      folder.fetch(client, bandwidth, new Downloads(spec.commandLine().getErr()));
    }
    return new Fetched(wanted, out.resolve(wanted.role()), folder.bytes());
  }

  /** Runs the sweep again, for what is lost, and waits until that is over. */
  private void computeAgain(ApiClient client, TrialArtifacts artifacts)
      throws IOException, InterruptedException {
    say(String.join(" and ", artifacts.lost()) + " lost; running the sweep again to compute it");
    client.postOnce(ApiClient.sweep(id) + "/retry", Map.of()).json();
    ApiClient patient = client.untilAnswered();
    while (!patient.get(ApiClient.sweep(id)).path("status").asText().matches(SweepWatch.OVER)) {
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private void tell(List<Fetched> fetched) {
    PrintWriter data = spec.commandLine().getOut();
    if (json.isGiven()) {
      data.println(json(fetched));
    } else {
      fetched.forEach(one -> data.println(one.folder()));
    }
    data.flush();
  }

  private JsonNode json(List<Fetched> fetched) {
    ObjectNode answer = Json.object();
    answer.put("sweep", id).put("trial", trial);
    ArrayNode all = answer.putArray("fetched");
    fetched.forEach(
        one ->
            all.addObject()
                .put("name", one.artifact().role())
                .put("stage", one.artifact().stage())
                .put("folder", one.folder().toString())
                .put("bytes", one.bytes()));
    return answer;
  }

  private void say(String line) {
    PrintWriter talk = spec.commandLine().getErr();
    talk.println("secateur: " + line);
    talk.flush();
  }
}
