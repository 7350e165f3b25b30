package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.http.Ages;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur gc}: removes what no sweep needs. */
@Command(
    name = "gc",
    mixinStandardHelpOptions = true,
    description = {
      "Removes what nobody needs from the disk and the database of the active coordinator, and from a",
      "folder of artifacts that nodes share: artifacts that no sweep needs (see 'secateur delete'),",
      "what was left behind half-written, and logs of nodes that do not run."
    })
final class GcCommand implements Callable<Integer> {
  @Option(
      names = "--older-than",
      paramLabel = "AGE",
      description = "Only what was not used for so long: 30d, 12h, 90m.")
  private String olderThan;

  @Option(names = "--dry-run", description = "Only tell what would go.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Map<String, String> query = new HashMap<>();
    if (olderThan != null) {
      Ages.parse(olderThan); // refused before anybody is asked
      query.put("older_than", olderThan);
    }
    query.put("dry_run", Boolean.toString(dryRun));
    JsonNode answer = api.client().untilAnswered().post("/api/v1/gc", query).json();
    return told(answer, json, spec);
  }

  static int told(JsonNode answer, boolean json, CommandSpec spec) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer.toPrettyString());
    } else {
      CleaningView.print(answer, out);
    }
    out.flush();
    if (answer.has("problem")) {
      spec.commandLine().getErr().println("secateur: " + answer.get("problem").asText());
      return Main.FAILURE;
    }
    return 0;
  }
}
