package dev.secateur.stage;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.MemoryUse;
import dev.secateur.memory.HostNeed;
import dev.secateur.model.Model;
import dev.secateur.protocol.ModelRef;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The base model that a worker holds, and how all models of its stages are opened; another model
 * replaces it. Each stage starts with the worker's setting, and is retried with less memory if it
 * runs out. Used by one thread at a time, but other threads may ask which model it holds.
 */
final class ResidentModel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentModel.class);

  private final Device device;
  private final Allowance allowance;
  private volatile ModelRef held;
  private Model model;
  private MemoryUse use;
  private MemoryUse used; // of the stage; null where it opened no model and none is held
  private MemoryUse reduced; // of the stage; null where it has what the setting says

  /**
   * @param allowance what all models may use of memory
   */
  ResidentModel(Device device, Allowance allowance) {
    this.device = device;
    this.allowance = allowance;
  }

  /** Another stage begins, with as much memory as the setting says. */
  void begin() {
    if (reduced != null) {
      close();
    }
    reduced = null;
    used = held == null ? null : use;
  }

  /** The base model on the device, opened where it is not held; not to be closed by the caller. */
  Model get(ModelRef wanted, Path folder) {
    if (held == null || !held.sha256().equals(wanted.sha256())) {
      close();
      model = open(Checkpoint.open(folder));
      use = used;
      held = wanted;
    }
    used = use;
    return model;
  }

  /** The model of another checkpoint; to be closed by the caller. */
  Model open(Checkpoint checkpoint) {
    HostNeed.check(checkpoint, device, allowance);
    used = reduced != null ? reduced : MemoryUse.of(allowance, checkpoint, device);
    checkpoint.textModel().ifPresent(text -> LOG.info("{}: {}", checkpoint.folder(), text.line()));
    return used.open(checkpoint, device);
  }

  /**
   * Has the stage's models opened with less memory from now on, and lets go what is held; absent
   * where the stage opened none and none is held, or nothing takes less.
   */
  Optional<MemoryUse> reduce() {
    Optional<MemoryUse> smaller = Optional.ofNullable(used).flatMap(MemoryUse::smaller);
    if (smaller.isPresent()) {
      reduced = smaller.get();
      close();
    }
    return smaller;
  }

  /** How the stage's models were last opened, where that is less than the setting says. */
  Optional<MemoryUse> reduced() {
    return Optional.ofNullable(reduced);
  }

  /** The hash of the model that is held, if there is one. */
  Set<String> models() {
    ModelRef now = held;
    return now == null ? Set.of() : Set.of(now.sha256());
  }

  Device device() {
    return device;
  }

  /** Bytes of the device that may be used; 0 where that is unknown. */
  long memory() {
    return allowance.memory(device);
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
