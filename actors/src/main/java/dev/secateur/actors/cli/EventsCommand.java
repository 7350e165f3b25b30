package dev.secateur.actors.cli;

import dev.secateur.actors.client.ApiClient;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur events}: the actor event log of a running cluster. */
@Command(
    name = "events",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what the coordinator's journal tells, from the first event on or after a sequence"
          + " number.",
      "A connection that breaks is made again, at the next of several addresses; no event is lost or told twice.",
      "Lines on stderr say when it is not connected and why, and when it is again.",
      "With --follow also progress, and what becomes of nodes and workers, which the journal does not keep."
    })
final class EventsCommand implements Callable<Integer> {
  @Option(names = "--sweep", paramLabel = "ID", description = "Of this sweep only.")
  private String sweep;

  @Option(names = "--follow", description = "Go on with events to come.")
  private boolean follow;

  @Option(
      names = "--since",
      paramLabel = "SEQ",
      defaultValue = "0",
      description = "After the event of that sequence number.")
  private long since;

  @Option(
      names = "--all",
      description = "Also that workers are idle or busy, and who leads the membership.")
  private boolean all;

  @Option(names = "--json", description = "One JSON object a line, of every event.")
  private boolean json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Optional.ofNullable(sweep).ifPresent(ApiClient::sweep); // refuses what is no id
    Map<String, String> query = sweep == null ? Map.of() : Map.of("sweep", sweep);
    ApiClient client = api.client();
    EventLine lines = new EventLine(SweepWords.of(client));
    client.events(
        query,
        Math.max(0, since),
        follow,
        event -> {
          if (json || all || !EventLine.isNoise(event)) {
            out.println(json ? event.toString() : lines.of(event));
          }
          return out.checkError();
        });
    return 0;
  }
}
