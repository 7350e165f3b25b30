package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.study.Run;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur results}: what came of a sweep so far. */
@Command(
    name = "results",
    mixinStandardHelpOptions = true,
    description = "Prints the results of a sweep of a running coordinator, so far.")
final class ResultsCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Option(names = "--csv", description = "As results.csv has it.")
  private boolean csv;

  @Option(names = "--json", description = "As results.json has it.")
  private boolean json;

  @Option(names = "--plots", paramLabel = "DIR", description = "Fetch all of its files there.")
  private Path plots;

  @Mixin private TableOptions table;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    ApiClient client = api.client();
    String path = ApiClient.sweep(id);
    PrintWriter out = spec.commandLine().getOut();
    if (plots != null) {
      Files.createDirectories(plots);
      for (JsonNode name : client.get(path + "/files")) {
        Path file = plots.resolve(Path.of(name.asText()).getFileName());
        AtomicFile.write(file, client.bytes(path + "/files/" + ApiClient.escaped(name.asText())));
        out.println(file);
      }
    } else if (json) {
      out.println(client.get(path + "/results").toPrettyString());
    } else {
      SweepResults results = SweepWatch.results(client, id);
      out.print(text(results));
    }
    out.flush();
    return 0;
  }

  private String text(SweepResults results) {
    if (table.isGiven()) {
      return table.write(List.of(Run.of(results.name(), results)));
    }
    return csv ? ResultsTable.csv(results) : ResultsTable.text(results);
  }
}
