package dev.secateur.coordinator.track;

import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A note in a sweep's run folder while a target has not received the sweep's end: a coordinator
 * that is started later continues from there.
 *
 * @param completed indexes of the trials that are complete
 */
record Pending(Tracking tracking, Set<Integer> completed) {
  static final String FILE = "tracking.json";

  void write(Path folder, RunFiles files) throws IOException {
    files.put(folder, FILE, Json.TOLERANT.writeValueAsBytes(this));
  }

  static Optional<Pending> of(Path folder, RunFiles files) throws IOException {
    Optional<byte[]> file = files.find(folder, FILE);
    return file.isEmpty()
        ? Optional.empty()
        : Optional.of(Json.TOLERANT.readValue(file.get(), Pending.class));
  }

  /** How the sweep stood in the end, as its folder has it. */
  Snapshot snapshot(Path folder, RunFiles files) throws IOException {
    byte[] results =
        files
            .find(folder, ReportFiles.RESULTS)
            .orElseThrow(() -> new IOException(folder + ": there are no results"));
    Optional<byte[]> curves = files.find(folder, LossCurves.JSON_FILE);
    return new Snapshot(
        Json.TOLERANT.readValue(results, SweepResults.class),
        completed,
        true,
        curves.isEmpty() ? LossCurves.NONE : LossCurves.parse(curves.get()));
  }
}
