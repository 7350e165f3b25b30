package dev.secateur.actors.cli;

import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.WorkFolder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of every command that computes or looks into the work folder. */
final class NodeOptions {
  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Where artifacts, the journal and runs are kept (default: ~/.secateur).")
  private String work;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings that win over application.conf.")
  private Path config;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu, cuda:N or auto (default: auto).")
  private String device;

  NodeSettings settings() {
    Map<String, Object> overrides = new HashMap<>();
    if (work != null) {
      overrides.put("secateur.work", work);
    }
    if (device != null) {
      overrides.put("secateur.worker.device", device);
    }
    return NodeSettings.load(Optional.ofNullable(config)).with(overrides);
  }

  WorkFolder work(NodeSettings settings) {
    return WorkFolder.open(settings.work());
  }
}
