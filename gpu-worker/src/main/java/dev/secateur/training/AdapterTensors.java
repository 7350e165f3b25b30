package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.StoredTensor;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The tensors of an adapter's file, by names that begin with a module's path; each is used. */
final class AdapterTensors {
  /** What PEFT puts before a module's path. */
  static final String PREFIX = "base_model.model.";

  private static final Set<ElementType> TYPES =
      Set.of(ElementType.F32, ElementType.F16, ElementType.BF16);

  private final Path path;
  private final SafetensorsFile file;
  private final NDManager manager;
  private final Set<String> unused;

  /**
   * @param manager owner of what is loaded
   */
  AdapterTensors(Path path, SafetensorsFile file, NDManager manager) {
    this.path = path;
    this.file = file;
    this.manager = manager;
    this.unused = new TreeSet<>(file.tensors().keySet());
  }

  /** Whether any tensor is a module's. */
  boolean hasModule(String module) {
    return file.tensors().keySet().stream().anyMatch(n -> n.startsWith(PREFIX + module + "."));
  }

  boolean has(String name) {
    return file.tensors().containsKey(PREFIX + name);
  }

  /**
   * A tensor as float32.
   *
   * @param why what requires it and its shape, for the error
   * @throws InputException when it is missing, has another shape, is not of floats or not finite
   */
  NDArray load(String name, String why, long... shape) {
    StoredTensor stored = file.tensors().get(PREFIX + name);
    if (stored == null) {
      throw new InputException(path + ": tensor '" + PREFIX + name + "' is missing; " + why);
    }
    if (!Arrays.equals(stored.shape(), shape)) {
      throw error(
          name,
          "has the shape "
              + Arrays.toString(stored.shape())
              + ", not "
              + Arrays.toString(shape)
              + "; "
              + why);
    }
    if (!TYPES.contains(stored.type())) {
      throw error(name, "is " + stored.type() + ", not F32, F16 or BF16");
    }
    NDArray array = CheckpointReader.load(file, PREFIX + name, manager);
    unused.remove(PREFIX + name);
    return array;
  }

  /**
   * @throws InputException when a tensor was never asked for
   */
  void checkAllUsed() {
    if (!unused.isEmpty()) {
      List<String> some = unused.stream().limit(3).map(name -> "'" + name + "'").toList();
      throw new InputException(
          path
              + ": "
              + (unused.size() == 1 ? "tensor " : unused.size() + " tensors, such as ")
              + String.join(", ", some)
              + (unused.size() == 1 ? " belongs" : ", belong")
              + " to nothing that "
              + PeftAdapter.CONFIG
              + " targets or saves in this model");
    }
  }

  private InputException error(String name, String problem) {
    return new InputException(path + ": tensor '" + PREFIX + name + "' " + problem);
  }
}
