package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.DiskNeed;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The disk space that stages need of their workers.
 *
 * @param models bytes of base models, by their hashes, as reported by workers that used them
 */
public record DiskNeeds(Map<String, Long> models) {
  /** By what all workers tell. */
  public static DiskNeeds asToldBy(Collection<Assignments.Candidate> workers) {
    Map<String, Long> models = new HashMap<>();
    for (Assignments.Candidate worker : workers) {
      worker
          .capabilities()
          .disk()
          .models()
          .forEach((model, bytes) -> models.merge(model, bytes, Math::max));
    }
    return new DiskNeeds(Map.copyOf(models));
  }

  /** Bytes that a stage may write. */
  public long of(StageSpec spec) {
    Long model = models.get(spec.model().sha256());
    return DiskNeed.of(spec, model == null ? OptionalLong.empty() : OptionalLong.of(model));
  }

  /** Whether a worker has room for a stage; one that does not tell is taken to have it. */
  boolean fits(Stage stage, Capabilities worker) {
    return worker.disk().has(of(stage.spec()));
  }
}
