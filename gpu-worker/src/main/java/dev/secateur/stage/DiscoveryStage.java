package dev.secateur.stage;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.json.Json;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.pruning.Pruning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Finds the coupled structures of a checkpoint from its config alone. */
final class DiscoveryStage implements StageComputation<DiscoverySpec> {
  @Override
  public Class<DiscoverySpec> spec() {
    return DiscoverySpec.class;
  }

  @Override
  public Map<String, Double> compute(DiscoverySpec spec, StageContext context, Path folder)
      throws IOException {
    Decoder decoder = Checkpoint.open(context.checkpoint(spec.model())).decoder();
    List<CoupledStructure> structures = Discovery.of(decoder);
    AtomicFile.write(
        folder.resolve(StageContext.STRUCTURES),
        Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(structures));
    return Map.of(
        "structures", (double) structures.size(), "parameters", (double) Pruning.elements(decoder));
  }
}
