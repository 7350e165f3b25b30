package dev.secateur.actors.cli;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** The command line as its author typed it, for provenance. */
final class TypedCommand {
  private TypedCommand() {}

  /**
   * @param spec of a command that runs
   */
  static String of(CommandSpec spec) {
    return of(spec.root().commandLine().getParseResult().originalArgs());
  }

  static String of(List<String> arguments) {
    return "secateur "
        + arguments.stream().map(TypedCommand::quoted).collect(Collectors.joining(" "));
  }

  /** As a shell takes it. */
  private static String quoted(String argument) {
    return argument.matches("[\\w@%+=:,./-]+")
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }
}
