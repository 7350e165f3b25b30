package dev.secateur.actors.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The model that a command works on, and an adapter that is merged into it. */
final class AdaptedCheckpointOptions {
  @Mixin private CheckpointOption checkpoint;

  @Option(names = "--adapter", paramLabel = "DIR", description = "PEFT adapter to merge first.")
  private String adapter;

  /** The checkpoint's folder on this machine. */
  Path folder(NodeOptions node, PrintWriter talk) {
    return checkpoint.folder(node, talk);
  }

  /** The adapter's folder on this machine; empty where none is given. */
  Optional<Path> adapter(NodeOptions node, PrintWriter talk) {
    return node.adapter(adapter, talk);
  }
}
