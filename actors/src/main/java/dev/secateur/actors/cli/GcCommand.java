package dev.secateur.actors.cli;

import dev.secateur.actors.client.ApiClient;
import dev.secateur.coordinator.http.Ages;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code secateur gc}: removes what no sweep needs. */
@Command(
    name = "gc",
    mixinStandardHelpOptions = true,
    description = {
      "Removes what is no longer needed from the disks and the database of a running cluster.",
      "It removes artifacts that no sweep needs (see 'secateur delete'), incomplete files, and logs of"
          + " nodes that do not run.",
      "The active coordinator cleans its disk, the database and the folder that nodes share;"
          + " workers clean their own work folders, but keep artifacts that they used in the last"
          + " ten minutes."
    })
final class GcCommand implements Callable<Integer> {
  @Option(
      names = "--older-than",
      paramLabel = "AGE",
      description = "Only what was not used for this long: 30d, 12h, 90m.")
  private String olderThan;

  @Mixin private CleaningOptions cleaning;

  @Mixin private ApiOptions api;

  @Override
  public Integer call() throws Exception {
    Map<String, String> query = cleaning.query();
    if (olderThan != null) {
      Ages.parse(olderThan); // refused before anybody is asked
      query.put("older_than", olderThan);
    }
    ApiClient client = api.client();
    client.get("/api/v1/sweeps"); // fails where no coordinator answers; cleaning may take its time
    return cleaning.told(client.untilAnswered().post("/api/v1/gc", query).json());
  }
}
