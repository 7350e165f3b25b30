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
  private final Optional<Path> adapter;
  private final Supplier<Device> device;
  private final Allowance allowance;
  private final Precision compute;
  private final Consumer<String> progress;
  private Optional<MemoryUse> use = Optional.empty();
  private Optional<Model> opened = Optional.empty();

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
    this.adapter = adapter;
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
    if (opened.isEmpty()) {
      Device on = device.get();
      HostNeed.check(checkpoint, on, allowance);
      MemoryUse now = use.orElseGet(() -> MemoryUse.of(allowance, checkpoint, on));
      use = Optional.of(now);
      checkpoint.textModel().ifPresent(text -> progress.accept(text.line()));
      progress.accept("loading " + checkpoint.folder() + ", " + now);
      opened = Optional.of(open(now, on));
    }
    return opened.get();
  }

  private Model open(MemoryUse now, Device on) {
    Model model = stored(now, on);
    if (compute == Precision.FLOAT32) {
      return model;
    }
    try (model) {
      return model.held(compute);
    }
  }

  /** The model in float32. */
  private Model stored(MemoryUse now, Device on) {
    if (adapter.isEmpty()) {
      return now.open(checkpoint, on);
    }
    try (PeftAdapter lora = PeftAdapter.read(adapter.get(), checkpoint.decoder(), on);
        Model base = now.open(checkpoint, on)) {
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
    Optional<MemoryUse> smaller = use.flatMap(MemoryUse::smaller);
    if (smaller.isEmpty()) {
      throw new DeviceMemoryException(sizes(), exhausted);
    }
    use = smaller;
    progress.accept("out of memory; retrying with less");
  }

  private String sizes() {
    Decoder decoder = checkpoint.decoder();
    long parameters = decoder.parameters().stream().mapToLong(ParameterShape::elements).sum();
    return "%s of %d layers and %d parameters%s"
        .formatted(
            checkpoint.folder(),
            decoder.layers(),
            parameters,
            use.map(now -> ", " + now).orElse(""));
  }

  @Override
  public void close() {
    opened.ifPresent(Model::close);
    opened = Optional.empty();
  }
}
