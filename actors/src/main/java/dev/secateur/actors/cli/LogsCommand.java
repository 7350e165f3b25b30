package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.actors.events.LeftOut;
import dev.secateur.protocol.InputException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur logs}: lines of nodes' logs, from the machines where they are. */
@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the last log lines of a worker, or the last lines about a stage from the logs"
          + " of all nodes.",
      "Nodes that are not in the cluster or do not answer are left out; stderr names those"
          + " that did not answer.",
      "A node answers with at most 100,000 characters at a time; stderr says if there were more."
    })
final class LogsCommand implements Callable<Integer> {
  private static final int MOST_LINES = 10_000;
  private static final int MOST_KNOWN = 20_000;
  private static final int PAUSE_MILLIS = 1_000;

  /** Clocks of machines differ by less. */
  private static final int OVERLAP_SECONDS = 10;

  @Parameters(
      index = "0",
      paramLabel = "WORKER|STAGE",
      description = "Name of a worker, or at least the first 6 digits of a stage's key.")
  private String subject;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "Only lines about this sweep.")
  private String sweep;

  @Option(
      names = "-n",
      paramLabel = "LINES",
      defaultValue = "100",
      description = "Maximum number of lines (default: ${DEFAULT-VALUE}).")
  private int lines;

  @Option(names = "--follow", description = "Keep printing new lines.")
  private boolean follow;

  @Option(
      names = "--json",
      description = "Print the lines as they are stored, one JSON object each.")
  private boolean json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  private final Set<String> known = new HashSet<>();
  private final Deque<String> order = new ArrayDeque<>();
  private Set<String> silent = Set.of();
  private boolean wasCut;

  @Override
  public Integer call() throws Exception {
    if (subject.matches("[0-9a-f]{1,5}")) {
      throw new InputException(
          "'"
              + subject
              + "' is neither a worker nor a stage: give at least 6 digits of a stage's key, or a"
              + " worker's name as 'secateur workers' shows it");
    }
    ApiClient client = api.client();
    Map<String, String> query = new HashMap<>();
    query.put(subject.matches("[0-9a-f]{6,64}") ? "stage" : "worker", subject);
    query.put("lines", Integer.toString(lines));
    if (sweep != null) {
      query.put("sweep", sweep);
    }
    PrintWriter out = spec.commandLine().getOut();
    String last = print(client.get("/api/v1/logs", query), "", out);
    query.put("lines", Integer.toString(MOST_LINES));
    ApiClient patient = client.untilAnswered();
    while (follow && !out.checkError()) {
      Thread.sleep(PAUSE_MILLIS);
      query.put("since", before(last));
      last = print(patient.get("/api/v1/logs", query), last, out);
    }
    out.flush();
    return 0;
  }

  /** Prints what is new; returns the time of the last line. */
  private String print(JsonNode answer, String last, PrintWriter out) {
    String latest = last;
    boolean isCut = false;
    for (JsonNode line : answer.get("lines")) {
      if (LeftOut.is(line)) {
        isCut = true;
        tellOf(line);
        continue;
      }
      String text = line.toString();
      String time = line.path("time").asText();
      latest = time.compareTo(latest) > 0 ? time : latest;
      if (known.add(text)) {
        order.addLast(text);
        out.println(json ? text : LogLine.of(line));
      }
    }
    while (order.size() > MOST_KNOWN) {
      known.remove(order.removeFirst());
    }
    out.flush();
    wasCut = isCut;
    tell(answer.get("silent"));
    return latest;
  }

  /** Once, while it continues. */
  private void tellOf(JsonNode leftOut) {
    if (!wasCut) {
      PrintWriter talk = spec.commandLine().getErr();
      talk.println("secateur: " + leftOut.path("message").asText());
      talk.flush();
    }
  }

  private void tell(JsonNode nodes) {
    List<String> names = new ArrayList<>();
    nodes.forEach(node -> names.add(node.asText()));
    if (!silent.equals(Set.copyOf(names)) && !names.isEmpty()) {
      PrintWriter talk = spec.commandLine().getErr();
      talk.println("secateur: no answer from " + String.join(", ", names));
      talk.flush();
    }
    silent = Set.copyOf(names);
  }

  private static String before(String time) {
    try {
      return Instant.parse(time).minusSeconds(OVERLAP_SECONDS).toString();
    } catch (DateTimeParseException e) {
      return Instant.now().minusSeconds(OVERLAP_SECONDS).toString();
    }
  }
}
