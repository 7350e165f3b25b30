package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands that change how a sweep of a running cluster goes on. */
abstract class DirectCommand implements Callable<Integer> {
  private final String direction;

  @Parameters(paramLabel = "ID", description = "The sweep's id.")
  private String id;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  private DirectCommand(String direction) {
    this.direction = direction;
  }

  @Override
  public Integer call() throws Exception {
    JsonNode answer =
        api.client().post(ApiClient.sweep(id) + "/" + direction, query(), Map.of(), "");
    PrintWriter out = spec.commandLine().getOut();
    out.println(answer.path("done").asText(direction) + " " + id);
    out.flush();
    return 0;
  }

  Map<String, String> query() {
    return Map.of();
  }

  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "No new tasks of a sweep until it is resumed; those that run finish.")
  static final class Pause extends DirectCommand {
    Pause() {
      super("pause");
    }
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "New tasks of a sweep again.")
  static final class Resume extends DirectCommand {
    Resume() {
      super("resume");
    }
  }

  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = "Ends a sweep once the tasks that run are done.")
  static final class Stop extends DirectCommand {
    Stop() {
      super("stop");
    }
  }

  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description = "Ends a sweep now; what it finished is kept.")
  static final class Cancel extends DirectCommand {
    Cancel() {
      super("cancel");
    }
  }

  @Command(
      name = "retry",
      mixinStandardHelpOptions = true,
      description =
          "Runs a sweep that has ended again: what failed or was not done; finished stages are reused.")
  static final class Retry extends DirectCommand {
    @Option(
        names = "--failed",
        description =
            "Only what has failed, which gets new attempts; the sweep may still be running.")
    private boolean failed;

    @Override
    Map<String, String> query() {
      return failed ? Map.of("failed", "true") : Map.of();
    }

    Retry() {
      super("retry");
    }
  }
}
