package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command prints the answers of a coordinator. */
final class AnswerOptions {
  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** An answer for people. */
  @FunctionalInterface
  interface Words {
    void print(PrintWriter out) throws IOException, InterruptedException;
  }

  /**
   * Prints an answer as it is, or in words.
   *
   * @return the command's exit code
   */
  int print(JsonNode answer, Words words) throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer.toPrettyString());
    } else {
      words.print(out);
    }
    out.flush();
    return 0;
  }
}
