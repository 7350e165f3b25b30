package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.SampleTexts;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur results}: the results of a sweep so far. */
@Command(
    name = "results",
    mixinStandardHelpOptions = true,
    description =
        "Prints the results so far of a sweep of a running coordinator, and where its"
            + " artifacts are.")
final class ResultsCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Option(names = "--csv", description = "Print results.csv.")
  private boolean csv;

  @Mixin private JsonOption json;

  @Option(
      names = "--plots",
      paramLabel = "DIR",
      description = "Download all files of the sweep to this folder.")
  private Path plots;

  @Mixin private PageOption page;

  @Mixin private TableOptions table;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    ApiClient client = api.client();
    String path = ApiClient.sweep(id);
    PrintWriter out = spec.commandLine().getOut();
    if (page.isGiven()) {
      if (csv || json.isGiven() || plots != null) {
        throw new InputException(
            "--html can't be combined with --csv, --json or --plots: choose one");
      }
      out.println(page.write(List.of(run(client)), table));
    } else if (plots != null) {
      Files.createDirectories(plots);
      for (JsonNode name : client.get(path + "/files")) {
        Path file = plots.resolve(Path.of(name.asText()).getFileName());
        AtomicFile.write(file, client.bytes(path + "/files/" + ApiClient.escaped(name.asText())));
        out.println(file);
      }
    } else if (json.isGiven()) {
      out.println(withPlaces(client.get(path + "/results"), client).toPrettyString());
    } else {
      SweepResults results = SweepWatch.results(client, id);
      if (table.isGiven()) {
        out.print(table.write(List.of(Run.of(results.name(), results))));
      } else if (csv) {
        out.print(ResultsTable.csv(results));
      } else {
        out.print(ResultsTable.text(results) + places(results, client));
      }
    }
    out.flush();
    return 0;
  }

  /** The results with what stands beside them in the run folder so far. */
  private Run run(ApiClient client) throws IOException, InterruptedException {
    SweepResults results = SweepWatch.results(client, id);
    String files = ApiClient.sweep(id) + "/files";
    LossCurves curves = LossCurves.NONE;
    SampleTexts texts = SampleTexts.NONE;
    for (JsonNode name : client.get(files)) {
      if (name.asText().equals(LossCurves.JSON_FILE)) {
        curves = LossCurves.parse(client.bytes(files + "/" + LossCurves.JSON_FILE));
      } else if (name.asText().equals(SampleTexts.JSON_FILE)) {
        texts = SampleTexts.parse(client.bytes(files + "/" + SampleTexts.JSON_FILE));
      }
    }
    return Run.of(results.name(), results, curves, texts);
  }

  private JsonNode places(ApiClient client) throws IOException, InterruptedException {
    return client.get(ApiClient.sweep(id) + "/artifacts");
  }

  /** Where the artifacts are, which is asked now and stands in no file. */
  private String places(SweepResults results, ApiClient client)
      throws IOException, InterruptedException {
    boolean isOver =
        client.get(ApiClient.sweep(id)).path("status").asText().matches(SweepWatch.OVER);
    Map<Integer, TrialResult> trials =
        results.trials().stream()
            .collect(Collectors.toMap(TrialResult::trial, Function.identity()));
    return "\nartifacts ('secateur fetch "
        + id
        + " TRIAL --out DIR' downloads them):\n"
        + PlaceTable.text(places(client), trials, isOver);
  }

  private JsonNode withPlaces(JsonNode results, ApiClient client)
      throws IOException, InterruptedException {
    Map<Integer, JsonNode> placed = new HashMap<>();
    places(client)
        .forEach(trial -> placed.put(trial.path("trial").asInt(), trial.path("artifacts")));
    for (JsonNode trial : results.path("trials")) {
      JsonNode places = placed.get(trial.path("trial").asInt());
      if (places != null) {
        ((ObjectNode) trial).set("artifacts", places);
      }
    }
    return results;
  }
}
