package dev.secateur.actors.bench;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.TextRef;
import java.util.List;

/** Models and texts that nobody opens. */
final class SimulatedSources implements Sources {
  private static final int LAYERS = 32;

  @Override
  public ModelRef model(String name) {
    return new ModelRef(name, "/simulated/" + name, name, LAYERS);
  }

  @Override
  public List<String> projections(String model) {
    return List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
  }

  @Override
  public TextRef text(String name) {
    return new TextRef(name, name);
  }

  @Override
  public TextRef tasks(String name) {
    return text(name);
  }
}
