package dev.secateur.coordinator.report;

import akka.actor.NoSerializationVerificationNeeded;
import java.nio.file.Path;
import java.util.List;

/**
 * A sweep has ended and its results are written; published on the event stream of the system.
 *
 * @param problem one line that names what could not be written, or empty
 */
public record SweepReported(SweepResults results, Path folder, List<Path> files, String problem)
    implements NoSerializationVerificationNeeded {}
