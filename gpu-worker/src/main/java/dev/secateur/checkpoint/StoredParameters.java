package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.ParameterSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of one safetensors file as parameters, under the names that they have there. */
public final class StoredParameters extends ParameterSource {
  private final SafetensorsFile file;
  private final MappedTensors tensors;
  private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

  private StoredParameters(SafetensorsFile file) {
    this.file = file;
    this.tensors = new MappedTensors(file);
    file.tensors()
        .forEach(
            (name, stored) -> shapes.put(name, Arrays.stream(stored.shape()).boxed().toList()));
  }

  /**
   * @throws dev.secateur.protocol.InputException when it is no safetensors file
   */
  public static StoredParameters open(Path path) {
    return new StoredParameters(SafetensorsFile.open(path));
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return shapes;
  }

  /** The header's free-form strings. */
  public Map<String, String> metadata() {
    return file.metadata();
  }

  /**
   * {@inheritDoc}
   *
   * @throws dev.secateur.protocol.InputException when it is of another type than weights have, or
   *     holds a value that is not finite
   */
  @Override
  public NDArray load(String name, NDManager scope) {
    return tensors.read(name, scope);
  }

  @Override
  protected void close() {
    tensors.close();
    file.close();
  }
}
