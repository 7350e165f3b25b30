package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.StoredTensor;
import dev.secateur.checkpoint.WrittenTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes refitted parameters as they arrive, each to its own temporary file, and finally all of
 * them to one safetensors file, so that they are never in memory together. Closing this removes the
 * temporary folder.
 */
public final class CompensationWriter implements FittedParameters, AutoCloseable {
  private final WrittenTypes types;
  private final Path folder;
  private final List<Path> parts = new ArrayList<>();

  /**
   * @param types what the pruned model's parameters are stored as
   * @param beside a folder for the files on the way
   */
  public CompensationWriter(WrittenTypes types, Path beside) throws IOException {
    this.types = types;
    Files.createDirectories(beside);
    this.folder = Files.createTempDirectory(beside, ".compensation");
  }

  /**
   * Stores parameters.
   *
   * @return them as they are stored, in float32, by name; they belong to {@code owner}
   */
  @Override
  public Map<String, NDArray> write(List<Parameter> parameters, NDManager owner)
      throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    for (Parameter one : parameters) {
      tensors.add(SafetensorsWriter.Tensor.of(one.name(), one.array(), types.of(one.name())));
    }
    Path part = folder.resolve(parts.size() + ".safetensors");
    SafetensorsWriter.write(part, Map.of(), tensors);
    parts.add(part);
    Map<String, NDArray> stored = new HashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(part)) {
      for (Parameter one : parameters) {
        stored.put(one.name(), CheckpointReader.load(file, one.name(), owner));
      }
    }
    return stored;
  }

  /** Writes all of them to one file, which appears whole or not at all. */
  public void finish(Path target, Map<String, String> metadata) throws IOException {
    List<SafetensorsFile> open = new ArrayList<>();
    try {
      List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
      for (Path part : parts) {
        SafetensorsFile file = SafetensorsFile.open(part);
        open.add(file);
        for (StoredTensor stored : file.tensors().values()) {
          tensors.add(
              new SafetensorsWriter.Tensor(
                  stored.name(),
                  stored.type(),
                  stored.shape(),
                  (start, count, into) -> into.put(file.map(stored, start, count))));
        }
      }
      SafetensorsWriter.write(target, metadata, tensors);
    } finally {
      open.forEach(SafetensorsFile::close);
    }
  }

  @Override
  public void close() throws IOException {
    for (Path part : parts) {
      Files.deleteIfExists(part);
    }
    Files.deleteIfExists(folder);
  }
}
