package dev.secateur.checkpoint;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.Weights;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Kernels;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Loads a checkpoint's weights onto a device as float32, in pieces, so that no tensor is too large.
 */
public final class CheckpointReader {
  private CheckpointReader() {}

  /**
   * Loads a whole model.
   *
   * @throws InputException when a tensor is missing, has another shape than the config asks for, is
   *     not F32, F16 or BF16, or holds a value that is not finite
   */
  public static Model load(Checkpoint checkpoint, Device device) {
    Map<String, Checkpoint.Location> located = checkpoint.locate();
    NDManager manager = NDManager.newBaseManager(device);
    Map<Path, SafetensorsFile> files = new HashMap<>();
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try {
      for (ParameterShape parameter : checkpoint.decoder().parameters()) {
        Checkpoint.Location place = located.get(parameter.name());
        SafetensorsFile file = files.computeIfAbsent(place.file(), SafetensorsFile::open);
        arrays.put(parameter.name(), load(file, place.name(), manager));
      }
      return new Model(
          checkpoint.decoder(), new Weights(manager, arrays, checkpoint.decoder().constants()));
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    } finally {
      files.values().forEach(SafetensorsFile::close);
    }
  }

  /**
   * One tensor as float32; the result belongs to {@code manager}.
   *
   * @throws InputException when it is missing, of another type than weights have, or holds a value
   *     that is not finite
   */
  public static NDArray load(SafetensorsFile file, String name, NDManager manager) {
    StoredTensor stored = file.tensor(name);
    StoredFloats.checkType(file, stored);
    NDArray array = manager.zeros(new Shape(stored.shape()));
    for (long start = 0; start < stored.elements(); start += StoredFloats.CHUNK) {
      int count = (int) Math.min(StoredFloats.CHUNK, stored.elements() - start);
      try (NDManager local = manager.newSubManager()) {
        FloatBuffer floats = StoredFloats.readFinite(file, stored, start, count);
        Kernels.get().write(array, start, local.create(floats, new Shape(count)));
      }
    }
    return array;
  }
}
