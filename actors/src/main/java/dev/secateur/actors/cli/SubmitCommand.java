package dev.secateur.actors.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.coordinator.plan.PlanOutline;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
      "Paths in the sweep refer to the coordinator's machine."
    })
final class SubmitCommand implements Callable<Integer> {
  private static final String SWEEPS = "/api/v1/sweeps";

  @Mixin private SweepInput sweep;

  @Mixin private LabelOptions labels;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the sweep, instead of the one in its configuration.")
  private String name;

  @Option(
      names = "--priority",
      paramLabel = "P",
      description = "Share of the workers relative to other sweeps (default: 10).")
  private Integer priority;

  @Option(names = "--dry-run", description = "Only have the coordinator check and plan the sweep.")
  private boolean dryRun;

  @Option(
      names = "--extend",
      paramLabel = "ID",
      description =
          "Extend this sweep to a larger grid: finished trials are kept, new ones are added."
              + " The configuration must contain all that the sweep had. A finished sweep runs"
              + " again.")
  private String extended;

  @Option(
      names = "--wait",
      description =
          "Wait until the sweep ends and print its results; exit code 3 if some trials failed.")
  private boolean wait;

  @Mixin private JsonOption json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    checkOptions();
    ApiClient client = api.client();
    String text = labels.added(sweep.text());
    PrintWriter out = spec.commandLine().getOut();
    if (dryRun) {
      print(client.submit(SWEEPS, query(), text, TypedCommand.of(spec)), out);
      return 0;
    }
    JsonNode submitted =
        client.submit(
            extended == null ? SWEEPS : ApiClient.sweep(extended) + "/extend",
            query(),
            text,
            TypedCommand.of(spec));
    String id = submitted.get("sweep").asText();
    PrintWriter talk = spec.commandLine().getErr();
    if (extended == null && submitted.get("resumed").asBoolean()) {
      notices(submitted).forEach(talk::println);
      talk.flush();
    }
    if (!wait) {
      out.println(json.isGiven() ? submitted.toString() : id);
      out.flush();
      return 0;
    }
    talk.println("sweep " + id);
    talk.flush();
    return SweepWatch.await(client.untilAnswered(), id, json.isGiven(), out, talk);
  }

  private void checkOptions() {
    if (extended != null && (name != null || priority != null || dryRun)) {
      throw new InputException(
          "--extend keeps the sweep's name and priority: remove --name, --priority and"
              + " --dry-run ('secateur priority' changes the priority)");
    } else if (dryRun && wait) {
      throw new InputException(
          "--dry-run submits nothing, so there is nothing to wait for: remove --wait");
    }
  }

  private Map<String, String> query() {
    Map<String, String> query = new HashMap<>();
    query.put("file", sweep.name());
    Optional.ofNullable(name).ifPresent(value -> query.put("name", value));
    Optional.ofNullable(priority).ifPresent(value -> query.put("priority", value.toString()));
    if (dryRun) {
      query.put("dry_run", "true");
    }
    return query;
  }

  private void print(JsonNode outline, PrintWriter out) throws JsonProcessingException {
    if (json.isGiven()) {
      out.println(outline.toPrettyString());
    } else {
      PlanCommand.print(Json.MAPPER.treeToValue(outline, PlanOutline.class), out);
    }
    out.flush();
  }

  /** What is not as it was asked for, of a sweep that was there already. */
  private List<String> notices(JsonNode sweep) {
    List<String> notices = new ArrayList<>(List.of("the sweep already exists"));
    String known = sweep.path("name").asText("");
    int share = sweep.path("priority").asInt();
    if (name != null && !known.isEmpty() && !known.equals(name)) {
      notices.add("it keeps the name '" + known + "'");
    }
    if (priority != null && share > 0 && share != priority) {
      notices.add(
          String.format(
              "it has priority %d, not %d; 'secateur priority %s %d' changes that",
              share, priority, sweep.get("sweep").asText(), priority));
    }
    if (labels.any()) {
      notices.add("its labels and notes stay as they are");
    }
    return notices;
  }
}
