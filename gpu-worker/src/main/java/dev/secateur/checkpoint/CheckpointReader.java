package dev.secateur.checkpoint;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.InputsAtOnce;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterSource;
import dev.secateur.model.ResidentWeights;
import dev.secateur.model.SubmoduleWeights;
import dev.secateur.model.Weights;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.StorageKernels;

/** Loads a checkpoint's weights onto a device. */
public final class CheckpointReader {
  private CheckpointReader() {}

  /**
   * Loads a whole model as float32.
   *
   * @throws InputException when a tensor is missing, has another shape than the config requires, is
   *     not F32, F16 or BF16, or holds a value that is not finite
   */
  public static Model load(Checkpoint checkpoint, Device device) {
    return open(checkpoint, device, Residency.FLOAT32);
  }

  /**
   * Opens a model whose weights are kept so. What it computes does not depend on that.
   *
   * @throws InputException as {@link #load}; of weights that are read submodule by submodule, a
   *     value that is not finite is met when its submodule is first used
   */
  public static Model open(Checkpoint checkpoint, Device device, Residency residency) {
    return open(checkpoint, device, residency, InputsAtOnce.unlimited());
  }

  /**
   * As {@link #open(Checkpoint, Device, Residency)}.
   *
   * @param inputsAtOnce where weights are read submodule by submodule
   */
  static Model open(
      Checkpoint checkpoint, Device device, Residency residency, InputsAtOnce inputsAtOnce) {
    ParameterSource source = new CheckpointParameters(checkpoint);
    try {
      Decoder decoder = checkpoint.decoder();
      Weights weights =
          switch (residency) {
            case FLOAT32 -> ResidentWeights.copied(decoder, source, Precision.FLOAT32, device);
            case STORED ->
                SubmoduleWeights.stored(decoder, source, Precision.FLOAT32, inputsAtOnce, device);
            case STREAMED -> {
              source.retain();
              yield new SubmoduleWeights(decoder, source, Precision.FLOAT32, inputsAtOnce, device);
            }
          };
      return new Model(decoder, weights);
    } finally {
      source.release();
    }
  }

  /**
   * Reads every tensor once, one at a time, and returns the number of elements.
   *
   * @throws InputException as {@link #load}
   */
  public static long check(Checkpoint checkpoint) {
    ParameterSource source = new CheckpointParameters(checkpoint);
    long elements = 0;
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        GradMode mode = GradMode.off()) {
      for (String name : source.shapes().keySet()) {
        try (NDManager scope = manager.newSubManager()) {
          elements += source.load(name, scope).size();
        }
      }
    } finally {
      source.release();
    }
    return elements;
  }

  /**
   * One tensor as float32; the result belongs to {@code manager}.
   *
   * @throws InputException when it is missing, of another type than weights have, or holds a value
   *     that is not finite
   */
  public static NDArray load(SafetensorsFile file, String name, NDManager manager) {
    try (MappedTensors tensors = new MappedTensors(file);
        NDManager scope = manager.newSubManager()) {
      NDArray stored = tensors.read(name, scope);
      return StorageKernels.get().copy(manager, stored, Precision.FLOAT32);
    }
  }
}
