package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import dev.secateur.coordinator.config.OneLine;
import dev.secateur.coordinator.config.SweepLabels;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code secateur list}: the sweeps of a running cluster. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the sweeps of a running coordinator, unfinished ones first.",
      "If several options are given, all must match."
    })
final class ListCommand implements Callable<Integer> {
  @Option(
      names = "--label",
      paramLabel = "NAME[=VALUE]",
      description = "Only sweeps with this label. Can be repeated.")
  private List<String> labels = List.of();

  @Option(names = "--owner", paramLabel = "NAME", description = "Only sweeps of this owner.")
  private String owner;

  @Option(
      names = "--search",
      paramLabel = "TEXT",
      description = "Only sweeps with this text in their id, name, owner, labels or notes.")
  private String search;

  private static final int LONGEST = 200;

  @Mixin private AnswerOptions answers;

  @Mixin private ApiOptions api;

  @Override
  public Integer call() throws Exception {
    JsonNode sweeps = api.client().get("/api/v1/sweeps" + query());
    return answers.print(sweeps, out -> print(sweeps, out));
  }

  private String query() {
    List<String> query = new ArrayList<>();
    labels.forEach(label -> query.add("label=" + encoded(label)));
    Optional.ofNullable(owner).ifPresent(name -> query.add("owner=" + encoded(name)));
    Optional.ofNullable(search).ifPresent(text -> query.add("search=" + encoded(text)));
    return query.isEmpty() ? "" : "?" + String.join("&", query);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Sweeps, one per line. */
  static void print(Iterable<JsonNode> sweeps, PrintWriter out) {
    AlignedTable table =
        new AlignedTable(
            Head.words("sweep"),
            Head.words("status"),
            Head.numbers("priority"),
            Head.numbers("stages"),
            Head.numbers("trials"),
            Head.words(""),
            Head.words("owner and labels"));
    sweeps.forEach(sweep -> add(sweep, table));
    table.print(out);
  }

  private static void add(JsonNode sweep, AlignedTable table) {
    int failed = sweep.get("trials_failed").asInt();
    table.add(
        sweep.get("sweep").asText(),
        sweep.get("status").asText(),
        sweep.get("priority").asInt(),
        sweep.get("stages_done").asInt() + "/" + sweep.get("stages").asInt(),
        sweep.get("trials_completed").asInt() + "/" + sweep.get("trials").asInt(),
        failed > 0 ? "(" + failed + " failed)" : "",
        marks(sweep));
  }

  /** Whose it is and its labels, where it has any. */
  private static String marks(JsonNode sweep) {
    return Stream.of(sweep.path("owner").asText(""), labels(sweep))
        .filter(text -> !text.isEmpty())
        .map(text -> OneLine.of(text, LONGEST))
        .collect(Collectors.joining(": "));
  }

  private static String labels(JsonNode sweep) {
    SortedMap<String, String> labels = new TreeMap<>();
    sweep
        .path("labels")
        .properties()
        .forEach(one -> labels.put(one.getKey(), one.getValue().asText()));
    return SweepLabels.words(labels);
  }
}
