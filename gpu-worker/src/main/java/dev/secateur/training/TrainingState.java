package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a training, in one file that is replaced as a whole: the step, the trained arrays,
 * the optimizer's moments and the best arrays so far. Batches and all random choices follow from
 * the step and the seed, so a training that resumes from here ends like one that was never
 * interrupted.
 *
 * @param file of the state
 * @param every steps between saves
 * @param identity of the training; the state of another is refused
 */
public record TrainingState(Path file, int every, String identity) {
  private static final String STEP = "step";
  private static final String BEST = "best";
  private static final String IDENTITY = "identity";
  private static final String LOSSES = "losses";
  private static final String HELD = "held-out losses";

  /**
   * Writes the state after a step, counted from one.
   *
   * @param losses of the steps up to here
   * @param held the held-out ones
   */
  void save(
      int step,
      Map<String, NDArray> parameters,
      AdamW optimizer,
      Optional<Best> best,
      List<LossCurve.Spot> losses,
      List<LossCurve.Spot> held) {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(Tensor.of(STEP, new long[] {step}, 1));
    best.ifPresent(kept -> tensors.add(Tensor.of(BEST, kept.record(), 3)));
    put(LOSSES, losses, tensors);
    put(HELD, held, tensors);
    arrays(parameters, optimizer, best)
        .forEach(
            entry ->
                tensors.add(CheckpointWriter.tensor(entry.name(), entry.array(), ElementType.F32)));
    try {
      SafetensorsWriter.write(file, Map.of(IDENTITY, identity), tensors);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": the training's state can't be saved", e);
    }
  }

  private static void put(String name, List<LossCurve.Spot> spots, List<Tensor> tensors) {
    if (!spots.isEmpty()) {
      tensors.add(Tensor.of(name, LossCurve.flat(spots), spots.size(), 2));
    }
  }

  private record Entry(String name, NDArray array) {}

  private static List<Entry> arrays(
      Map<String, NDArray> parameters, AdamW optimizer, Optional<Best> best) {
    List<Entry> arrays = new ArrayList<>();
    parameters.forEach((name, array) -> arrays.add(new Entry("parameter/" + name, array)));
    optimizer.means().forEach((name, array) -> arrays.add(new Entry("mean/" + name, array)));
    optimizer
        .variances()
        .forEach((name, array) -> arrays.add(new Entry("variance/" + name, array)));
    best.map(Best::arrays)
        .orElse(Map.of())
        .forEach((name, array) -> arrays.add(new Entry("best/" + name, array)));
    return arrays;
  }

  /**
   * Puts the saved values into the arrays, if there are any.
   *
   * @param losses where those of the steps that are done are put, as far as they were saved
   * @param held where the held-out ones are put
   * @return the number of steps that are done
   * @throws InputException when the state is of another training
   */
  int restore(
      Map<String, NDArray> parameters,
      AdamW optimizer,
      Optional<Best> best,
      List<LossCurve.Spot> losses,
      List<LossCurve.Spot> held) {
    if (!Files.isRegularFile(file)) {
      return 0;
    }
    try (SafetensorsFile saved = SafetensorsFile.open(file);
        NDManager scope = parameters.values().iterator().next().getManager().newSubManager()) {
      if (!identity.equals(saved.metadata().get(IDENTITY))) {
        throw new InputException(
            file + ": belongs to a training with other settings; remove it to start over");
      }
      for (Entry entry : arrays(parameters, optimizer, best)) {
        try (NDArray values = CheckpointReader.load(saved, entry.name(), scope)) {
          Kernels.get().write(entry.array(), 0, values);
        }
      }
      best.ifPresent(kept -> kept.recall(saved.reals(BEST)));
      get(LOSSES, saved, losses);
      get(HELD, saved, held);
      return (int) saved.integers(STEP)[0];
    }
  }

  private static void get(String name, SafetensorsFile saved, List<LossCurve.Spot> spots) {
    if (saved.tensors().containsKey(name)) {
      spots.addAll(LossCurve.spots(saved.reals(name)));
    }
  }

  /** Removes the state of a training that is done. */
  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
