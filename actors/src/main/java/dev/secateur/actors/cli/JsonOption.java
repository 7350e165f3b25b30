package dev.secateur.actors.cli;

import picocli.CommandLine.Option;

/** {@code --json}: the result as one JSON object in the place of words. */
final class JsonOption {
  @Option(names = "--json", description = "One JSON object.")
  private boolean json;

  boolean isGiven() {
    return json;
  }
}
