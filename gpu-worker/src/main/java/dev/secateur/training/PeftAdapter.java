package dev.secateur.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A LoRA adapter as PEFT 0.21 writes and computes it, read to be merged into its model. */
public final class PeftAdapter implements AutoCloseable {
  static final String CONFIG = "adapter_config.json";
  static final String TENSORS = "adapter_model.safetensors";

  private final NDManager manager;
  private final WeightChanges changes;

  private PeftAdapter(NDManager manager, WeightChanges changes) {
    this.manager = manager;
    this.changes = changes;
  }

  /**
   * Reads an adapter for a model.
   *
   * @param decoder the model's
   * @param device where the model is
   * @throws InputException when it is not a LoRA adapter, requires what is not supported, or does
   *     not fit the model: with the file and the key or tensor
   */
  public static PeftAdapter read(Path folder, Decoder decoder, Device device) {
    return read(folder, Optional.empty(), decoder, device);
  }

  /**
   * Reads an adapter as it was after a step of its training, where it was kept then.
   *
   * @param step absent for its end
   */
  public static PeftAdapter read(
      Path folder, Optional<Integer> step, Decoder decoder, Device device) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          folder
              + ": no such folder; a PEFT adapter is a folder with "
              + CONFIG
              + " and "
              + TENSORS);
    }
    AdapterConfig config = AdapterConfigReader.read(folder.resolve(CONFIG));
    Path tensors = folder.resolve(step.map(PeftAdapter::kept).orElse(TENSORS));
    if (!Files.isRegularFile(tensors)) {
      throw new InputException(
          tensors
              + ": no such file"
              + (Files.isRegularFile(folder.resolve("adapter_model.bin"))
                  ? "; adapter_model.bin is a pickle, save the adapter as safetensors"
                  : ""));
    }
    NDManager manager = NDManager.newBaseManager(device);
    try (SafetensorsFile file = SafetensorsFile.open(tensors)) {
      AdapterTensors source = new AdapterTensors(tensors, file, manager);
      ModelModules modules = ModelModules.of(decoder, source.hasModule(ModelModules.OUTPUT));
      WeightChanges changes = new AdapterReading(config, modules, source).changes(decoder);
      source.checkAllUsed();
      return new PeftAdapter(manager, changes);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** The file of the matrices as they were after a step. */
  static String kept(int step) {
    return "adapter_model.step-" + step + ".safetensors";
  }

  /** The model with the adapter in copies of its weights; to be closed by the caller. */
  public Model merge(Model model) {
    return changes.of(model);
  }

  @Override
  public void close() {
    manager.close();
  }
}
