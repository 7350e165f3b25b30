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
      "Prints the events of the coordinator's journal, from the first or from a sequence"
          + " number on.",
      "If a connection breaks, it reconnects, if need be to the next of several addresses; no"
          + " event is lost or printed twice.",
      "Reports on stderr when the connection is lost and why, and when it is restored.",
      "With --follow, it also prints progress and changes of nodes and workers, which the"
          + " journal does not keep."
    })
final class EventsCommand implements Callable<Integer> {
  @Option(names = "--sweep", paramLabel = "ID", description = "Only events of this sweep.")
  private String sweep;

  @Option(names = "--follow", description = "Keep printing new events.")
  private boolean follow;

  @Option(
      names = "--since",
      paramLabel = "SEQ",
      defaultValue = "0",
      description = "Start after this sequence number.")
  private long since;

  @Option(
      names = "--all",
      description =
          "Also print when workers become idle or busy, and which node leads the membership.")
  private boolean all;

  @Option(names = "--json", description = "Print every event as one JSON object per line.")
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
