package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur watch}: the view of {@code run}, of a sweep on a running cluster. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the progress of a sweep of a running coordinator until it ends, then prints its"
          + " results.",
      "The remaining time is an estimate. Exit codes are those of submit --wait. Ctrl-C ends"
          + " the view, not the sweep."
    })
final class WatchCommand implements Callable<Integer> {
  private static final int REDRAW_MILLIS = 500;

  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Mixin private JsonOption json;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    ApiClient client = api.client();
    JsonNode sweep = client.get(ApiClient.sweep(id));
    PrintWriter talk = spec.commandLine().getErr();
    ApiClient patient = client.untilAnswered();
    WatchedSweep view =
        new WatchedSweep(
            () -> patient.get(ApiClient.sweep(id) + "/plan"),
            talk,
            Screen.here(),
            InstantSource.system(),
            Instant.parse(sweep.get("at").asText()));
    ScheduledExecutorService redraw =
        Executors.newSingleThreadScheduledExecutor(WatchCommand::thread);
    redraw.scheduleWithFixedDelay(
        view::redraw, REDRAW_MILLIS, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
    try {
      return SweepWatch.await(
          patient,
          id,
          json.isGiven(),
          view::hear,
          view::isCurrent,
          spec.commandLine().getOut(),
          talk);
    } finally {
      redraw.shutdownNow();
    }
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "redraw");
    thread.setDaemon(true);
    return thread;
  }
}
