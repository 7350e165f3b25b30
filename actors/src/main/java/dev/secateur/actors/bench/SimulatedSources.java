package dev.secateur.actors.bench;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.TextRef;

/** Models and texts that nobody opens. */
final class SimulatedSources implements Sources {
  private static final int LAYERS = 32;

  @Override
  public ModelRef model(String name) {
    return new ModelRef(name, "/simulated/" + name, name, LAYERS);
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
