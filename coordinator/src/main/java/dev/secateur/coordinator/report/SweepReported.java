package dev.secateur.coordinator.report;

import akka.actor.NoSerializationVerificationNeeded;
import java.nio.file.Path;
import java.util.List;

/**
 * A sweep has ended and its results are written; told on the system's event stream.
 *
 * @param problem what could not be written, one line, or empty
 */
public record SweepReported(SweepResults results, Path folder, List<Path> files, String problem)
    implements NoSerializationVerificationNeeded {}
