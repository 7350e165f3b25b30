package dev.secateur.actors.cli;

import dev.secateur.checkpoint.Checkpoint;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The model that a command works on. */
final class CheckpointOption {
  @Parameters(
      paramLabel = "CHECKPOINT",
      description = "A checkpoint folder, hf:owner/name[@revision], or 'demo'.")
  private String checkpoint;

  /** As it was given. */
  String name() {
    return checkpoint;
  }

  /** Its folder on this machine, downloaded where it is of the hub. */
  Path folder(NodeOptions node, PrintWriter talk) {
    return node.checkpoint(checkpoint, talk);
  }

  Checkpoint open(NodeOptions node, PrintWriter talk) {
    return Checkpoint.open(folder(node, talk));
  }
}
