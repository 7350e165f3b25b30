package dev.secateur.local;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.MemoryUse;
import dev.secateur.memory.HostNeed;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.DeviceMemory;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.training.PeftAdapter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The model of a command. It is opened when it is first needed, and opened again with less memory
 * if memory runs out.
 */
public final class LocalModel implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Path adapter; // null where none is merged
  private final Supplier<Device> device;
  private final Allowance allowance;
  private final Precision compute;
  private final Consumer<String> progress;
  private MemoryUse use; // null before the model is first opened
  private Model opened; // null while it is not

  /** What is computed with a model; from the beginning again where memory did not do. */
  @FunctionalInterface
  public interface Work<R, E extends Exception> {
    /**
     * @param model opens it where it is not; not to be closed
     */
    R with(Supplier<Model> model) throws E;
  }

  /**
   * @param adapter a PEFT adapter that is merged into the model
   * @param device asked for when the model is opened
   * @param compute what the model computes in
   * @param progress told in words how the model is opened
   */
  public LocalModel(
      Checkpoint checkpoint,
      Optional<Path> adapter,
      Supplier<Device> device,
      Allowance allowance,
      Precision compute,
      Consumer<String> progress) {
    this.checkpoint = checkpoint;
    this.adapter = adapter.orElse(null);
    this.device = device;
    this.allowance = allowance;
    this.compute = compute;
    this.progress = progress;
  }

  /** A model that computes in float32. */
  public LocalModel(
      Checkpoint checkpoint,
      Optional<Path> adapter,
      Supplier<Device> device,
      Allowance allowance,
      Consumer<String> progress) {
    this(checkpoint, adapter, device, allowance, Precision.FLOAT32, progress);
  }

  /**
   * The model; not to be closed by the caller.
   *
   * @throws dev.secateur.protocol.InputException when the checkpoint or the adapter can't be read
   */
  public Model get() {
    if (opened == null) {
      Device on = device.get();
      HostNeed.check(checkpoint, on, allowance);
      if (use == null) {
        use = MemoryUse.of(allowance, checkpoint, on);
      }
      checkpoint.textModel().ifPresent(text -> progress.accept(text.line()));
      progress.accept("loading " + checkpoint.folder() + ", " + use);
      opened = open(on);
    }
    return opened;
  }

  private Model open(Device on) {
    Model model = stored(on);
    if (compute == Precision.FLOAT32) {
      return model;
    }
    try (model) {
      return model.held(compute);
    }
  }

  /** The model in float32. */
  private Model stored(Device on) {
    if (adapter == null) {
      return use.open(checkpoint, on);
    }
    try (PeftAdapter lora = PeftAdapter.read(adapter, checkpoint.decoder(), on);
        Model base = use.open(checkpoint, on)) {
      return lora.merge(base);
    }
  }

  /**
   * Computes with the model; where memory does not do, again with less of it and the same result
   * ({@link MemoryUse#smaller}).
   *
   * @throws DeviceMemoryException when nothing takes less
   */
  public <R, E extends Exception> R compute(Work<R, E> work) throws E {
    while (true) {
      try {
        return work.with(this::get);
      } catch (RuntimeException | OutOfMemoryError e) {
        if (!DeviceMemory.isExhausted(e)) {
          throw e;
        }
        reduce(e);
      }
    }
  }

  private void reduce(Throwable exhausted) {
    close();
    use =
        Optional.ofNullable(use)
            .flatMap(MemoryUse::smaller)
            .orElseThrow(() -> new DeviceMemoryException(sizes(), exhausted));
    progress.accept("out of memory; retrying with less");
  }

  private String sizes() {
    Decoder decoder = checkpoint.decoder();
    long parameters = decoder.parameters().stream().mapToLong(ParameterShape::elements).sum();
    return "%s of %d layers and %d parameters%s"
        .formatted(
            checkpoint.folder(), decoder.layers(), parameters, use == null ? "" : ", " + use);
  }

  @Override
  public void close() {
    if (opened != null) {
      opened.close();
      opened = null;
    }
  }
}
