package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur submit}: a sweep for a running cluster. */
@Command(
    name = "submit",
    mixinStandardHelpOptions = true,
    description = {
      "Submits a sweep to a running coordinator and prints its id.",
      "Files that it names are looked for on the coordinator's machine."
    })
final class SubmitCommand implements Callable<Integer> {
  @Mixin private SweepInput sweep;

  @Option(names = "--name", paramLabel = "NAME", description = "Instead of the one within.")
  private String name;

  @Option(
      names = "--priority",
      paramLabel = "P",
      description = "Its share of the workers, in proportion to others' (default: 10).")
  private Integer priority;

  @Option(
      names = "--wait",
      description = "Wait for its end and print its results; exit code 3 where some trials failed.")
  private boolean wait;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    ApiClient client = api.client();
    JsonNode submitted = submit(client, sweep.text());
    String id = submitted.get("sweep").asText();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter talk = spec.commandLine().getErr();
    if (submitted.get("resumed").asBoolean()) {
      talk.println("the sweep was there already");
    }
    if (!wait) {
      out.println(json ? submitted.toString() : id);
      out.flush();
      return 0;
    }
    talk.println("sweep " + id);
    talk.flush();
    return SweepWatch.await(client.untilAnswered(), id, json, out, talk);
  }

  private JsonNode submit(ApiClient client, String text) throws Exception {
    Map<String, String> query = new HashMap<>();
    Optional.ofNullable(name).ifPresent(value -> query.put("name", value));
    Optional.ofNullable(priority).ifPresent(value -> query.put("priority", value.toString()));
    return client.submit(query, text, TypedCommand.of(spec));
  }
}
