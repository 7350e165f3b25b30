package dev.secateur.coordinator;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.TextRef;
import java.util.List;

/** Models and texts that need no file: every name but {@code missing} exists. */
public class FakeSources implements Sources {
  private final String folder;

  public FakeSources(String folder) {
    this.folder = folder;
  }

  @Override
  public ModelRef model(String name) {
    exists(name);
    return new ModelRef(name, folder + "/" + name, "hash-of-" + name, 32);
  }

  @Override
  public List<String> projections(String model) {
    exists(model);
    return List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
  }

  @Override
  public TextRef tasks(String name) {
    return text(name);
  }

  @Override
  public TextRef text(String name) {
    exists(name);
    return new TextRef(name, "hash-of-" + name);
  }

  private static void exists(String name) {
    if (name.equals("missing")) {
      throw new InputException("missing: no such file");
    }
  }
}
