package dev.secateur.actors.cli;

import dev.secateur.actors.client.ApiAnswer;
import dev.secateur.actors.client.ApiClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code secateur delete}: a sweep that has ended, with its results. */
@Command(
    name = "delete",
    mixinStandardHelpOptions = true,
    description = {
      "Deletes a finished sweep: its run folder, and the artifacts that no other sweep needs.",
      "Its events stay in the journal."
    })
final class DeleteCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Mixin private CleaningOptions cleaning;

  @Mixin private ApiOptions api;

  @Override
  public Integer call() throws Exception {
    String path = ApiClient.sweep(id) + "/delete";
    ApiAnswer answer =
        cleaning.isDryRun()
            ? api.client().untilAnswered().post(path, cleaning.query())
            : api.client().postOnce(path, cleaning.query());
    return cleaning.told(answer.json());
  }
}
