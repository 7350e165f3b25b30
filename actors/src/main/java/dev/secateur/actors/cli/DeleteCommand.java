package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur delete}: a sweep that has ended, with its results. */
@Command(
    name = "delete",
    mixinStandardHelpOptions = true,
    description = {
      "Deletes a sweep that has ended: its run folder, and the artifacts that only it needs.",
      "Its events stay in the journal."
    })
final class DeleteCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Option(names = "--dry-run", description = "Only tell what would go.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    JsonNode answer =
        api.client()
            .postOnce(ApiClient.sweep(id) + "/delete", Map.of("dry_run", Boolean.toString(dryRun)))
            .json();
    return GcCommand.told(answer, json, spec);
  }
}
