package dev.secateur.worker;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.model.Model;
import dev.secateur.protocol.ModelRef;
import java.nio.file.Path;

/**
 * The base model that a worker holds; another one takes its place. Used by one thread at a time.
 */
final class ResidentModel implements AutoCloseable {
  private final Device device;
  private ModelRef held;
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
