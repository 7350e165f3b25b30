package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.SweepLabels;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that describe a sweep, so that it can be found again. */
final class LabelOptions {
  @Option(
      names = "--label",
      paramLabel = "NAME[=VALUE]",
      description =
          "Label of the sweep, in addition to those in its configuration. Can be repeated.")
  private List<String> labels = List.of();

  @Option(
      names = "--notes",
      paramLabel = "TEXT",
      description = "Notes about the sweep, instead of those in its configuration.")
  private String notes;

  /** A configuration with them. */
  String added(String configuration) {
    return SweepLabels.added(configuration, labels, Optional.ofNullable(notes));
  }

  boolean any() {
    return !labels.isEmpty() || notes != null;
  }
}
