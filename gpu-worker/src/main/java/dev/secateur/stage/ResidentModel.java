package dev.secateur.stage;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.model.Model;
import dev.secateur.protocol.ModelRef;
import java.nio.file.Path;
import java.util.Set;

/**
 * The base model that a worker holds; another one takes its place. Used by one thread at a time;
 * only what it holds may be asked by others.
 */
final class ResidentModel implements AutoCloseable {
  private final Device device;
  private volatile ModelRef held;
  private Model model;

  ResidentModel(Device device) {
    this.device = device;
  }

  /** The base model on the device, loaded where it is not held; not to be closed by the caller. */
  Model get(ModelRef wanted, Path folder) {
    if (held == null || !held.sha256().equals(wanted.sha256())) {
      close();
      model = CheckpointReader.load(Checkpoint.open(folder), device);
      held = wanted;
    }
    return model;
  }

  /** The hash of the model that is held, if there is one. */
  Set<String> models() {
    ModelRef now = held;
    return now == null ? Set.of() : Set.of(now.sha256());
  }

  Device device() {
    return device;
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
    }
    model = null;
    held = null;
  }
}
