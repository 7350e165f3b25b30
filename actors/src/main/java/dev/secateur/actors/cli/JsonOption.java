package dev.secateur.actors.cli;

import picocli.CommandLine.Option;

/** {@code --json}: the result as one JSON object instead of text. */
final class JsonOption {
  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  boolean isGiven() {
    return json;
  }
}
