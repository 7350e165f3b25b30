package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.ParameterSource;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint's parameters, read from its files when they are asked for. */
final class CheckpointParameters extends ParameterSource {
  private final Map<String, Checkpoint.Location> places;
  private final Map<String, List<Long>> shapes = new LinkedHashMap<>();
  private final Map<Path, SafetensorsFile> files = new HashMap<>();
  private final Map<Path, MappedTensors> tensors = new HashMap<>();
  private final ReadAhead readAhead = new ReadAhead(this::read);

  /**
   * Opens the files and checks their headers.
   *
   * @throws dev.secateur.protocol.InputException when a tensor is missing, has another shape than
   *     the config requires, or is not F32, F16 or BF16
   */
  CheckpointParameters(Checkpoint checkpoint) {
    places = checkpoint.locate();
    try {
      for (ParameterShape parameter : checkpoint.decoder().parameters()) {
        shapes.put(parameter.name(), parameter.shape());
        files.computeIfAbsent(places.get(parameter.name()).file(), SafetensorsFile::open);
      }
      files.forEach((path, file) -> tensors.put(path, new MappedTensors(file)));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return shapes;
  }

  /**
   * {@inheritDoc}
   *
   * @throws dev.secateur.protocol.InputException when it holds a value that is not finite
   */
  @Override
  public NDArray load(String name, NDManager scope) {
    readAhead.await(name);
    Checkpoint.Location place = places.get(name);
    return tensors.get(place.file()).read(place.name(), scope);
  }

  @Override
  public void expect(Collection<String> names) {
    readAhead.expect(names);
  }

  private void read(String name) {
    Checkpoint.Location place = places.get(name);
    tensors.get(place.file()).readAhead(place.name());
  }

  @Override
  public ReadTimes readTimes() {
    long[] nanos = readAhead.nanos();
    return new ReadTimes(nanos[0] / 1e9, nanos[1] / 1e9);
  }

  @Override
  protected void close() {
    readAhead.close();
    tensors.values().forEach(MappedTensors::close);
    files.values().forEach(SafetensorsFile::close);
  }
}
