package dev.secateur.actors.cli;

import dev.secateur.actors.client.ApiAnswer;
import dev.secateur.actors.client.ApiClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands that control a sweep of a running cluster. */
abstract class DirectCommand implements Callable<Integer> {
  private final String direction;
  private final String end;

  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  /**
   * @param end the state that a sweep ends in by it, or empty
   */
  private DirectCommand(String direction, String end) {
    this.direction = direction;
    this.end = end;
  }

  @Override
  public Integer call() throws Exception {
    ApiClient client = api.client();
    ApiAnswer answer = ask(client, ApiClient.sweep(id) + "/" + direction);
    String done =
        answer.isConflict() && answer.repeated() && isDone(client)
            ? direction
            : answer.json().path("done").asText(direction);
    PrintWriter out = spec.commandLine().getOut();
    out.println(done + " " + id);
    out.flush();
    return 0;
  }

  ApiAnswer ask(ApiClient client, String path) throws IOException, InterruptedException {
    return client.post(path, Map.of());
  }

  /** Whether the request whose answer was lost ended the sweep, so that the next was refused. */
  private boolean isDone(ApiClient client) throws IOException, InterruptedException {
    return client.get(ApiClient.sweep(id)).path("status").asText().equals(end);
  }

  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "Pauses a sweep: running tasks finish, new ones wait until it is resumed.")
  static final class Pause extends DirectCommand {
    Pause() {
      super("pause", "");
    }
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Resumes a paused sweep.")
  static final class Resume extends DirectCommand {
    Resume() {
      super("resume", "");
    }
  }

  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = "Stops a sweep as soon as its running tasks are done.")
  static final class Stop extends DirectCommand {
    Stop() {
      super("stop", "stopped");
    }
  }

  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description = "Cancels a sweep at once; finished stages are kept.")
  static final class Cancel extends DirectCommand {
    Cancel() {
      super("cancel", "cancelled");
    }
  }

  @Command(
      name = "retry",
      mixinStandardHelpOptions = true,
      description =
          "Runs again what failed or was not done in a sweep that has ended; finished stages"
              + " are reused.")
  static final class Retry extends DirectCommand {
    @Option(
        names = "--failed",
        description = "Only retry what has failed; the sweep may still be running.")
    private boolean failed;

    @Override
    ApiAnswer ask(ApiClient client, String path) throws IOException, InterruptedException {
      return client.postOnce(path, failed ? Map.of("failed", "true") : Map.of());
    }

    Retry() {
      super("retry", "");
    }
  }
}
