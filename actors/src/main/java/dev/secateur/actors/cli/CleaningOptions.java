package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of commands that remove something from disks. */
final class CleaningOptions {
  @Option(names = "--dry-run", description = "Only list what would be removed.")
  private boolean dryRun;

  @Mixin private AnswerOptions answers;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  boolean isDryRun() {
    return dryRun;
  }

  /** What a request has of them. */
  Map<String, String> query() {
    return new HashMap<>(Map.of("dry_run", Boolean.toString(dryRun)));
  }

  /**
   * Prints what went.
   *
   * @return the command's exit code
   */
  int told(JsonNode answer) throws IOException, InterruptedException {
    answers.print(answer, out -> CleaningView.print(answer, out));
    if (answer.has("notice")) {
      spec.commandLine().getErr().println(answer.get("notice").asText());
    }
    if (answer.has("problem")) {
      spec.commandLine().getErr().println("secateur: " + answer.get("problem").asText());
      return Main.FAILURE;
    }
    return 0;
  }
}
