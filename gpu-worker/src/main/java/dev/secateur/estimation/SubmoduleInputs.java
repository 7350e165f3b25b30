package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.tensor.GradMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What goes into each submodule of a forward pass, row by row, for a walk from the head down. If
 * all of it would take too much memory, only the inputs of about the square root of the number of
 * submodules are kept, at equal distances, and the others are recomputed, to the same bits (arXiv
 * 1604.06174).
 */
final class SubmoduleInputs {
  private final Submodules submodules;
  private final Batch batch;
  private final int lowest;
  private final int stride;
  private final NDManager manager;
  private final Map<Integer, List<NDArray>> held = new HashMap<>();

  /**
   * Runs the forward pass.
   *
   * @param lowest the submodule that the walk ends with
   * @param limit what the inputs of all submodules may take, in bytes, before some are left out
   * @param manager owner of what is held
   * @param checkpoint run between submodules; may throw to end the pass
   */
  SubmoduleInputs(
      Submodules submodules,
      Batch batch,
      int lowest,
      long limit,
      NDManager manager,
      Runnable checkpoint) {
    this.submodules = submodules;
    this.batch = batch;
    this.lowest = lowest;
    this.manager = manager;
    List<NDArray> streams =
        IntStream.range(0, batch.rows()).mapToObj(row -> row(row).ids(manager)).toList();
    int every = 1;
    for (int submodule = 0; submodule < submodules.head(); submodule++) {
      checkpoint.run();
      List<NDArray> next = next(submodule, streams);
      if (submodule == 0) {
        long bytes = 4 * next.stream().mapToLong(NDArray::size).sum();
        every = stride(submodules.head() - lowest, bytes, limit);
      }
      if (submodule < lowest || (submodule - lowest) % every != 0) {
        streams.forEach(NDArray::close);
      } else {
        held.put(submodule, streams);
      }
      streams = next;
    }
    this.stride = every;
    held.put(submodules.head(), streams);
  }

  /**
   * How many submodules lie from one that is kept to the next.
   *
   * @param count of submodules
   * @param bytes that what goes into one of them takes
   */
  static int stride(int count, long bytes, long limit) {
    return count * bytes <= limit ? 1 : (int) Math.ceil(Math.sqrt(count));
  }

  Batch row(int row) {
    return batch.rows(row, row + 1);
  }

  /** What goes into a submodule for each row; asked from the head down. */
  List<NDArray> of(int submodule) {
    if (!held.containsKey(submodule)) {
      int from = lowest + (submodule - lowest) / stride * stride;
      for (int below = from; below < submodule; below++) {
        held.put(below + 1, next(below, held.get(below)));
      }
    }
    return held.get(submodule);
  }

  /** Gives back what went into a submodule. */
  void release(int submodule) {
    held.remove(submodule).forEach(NDArray::close);
  }

  private List<NDArray> next(int submodule, List<NDArray> inputs) {
    List<NDArray> outputs = new ArrayList<>();
    try (GradMode off = GradMode.off()) {
      for (int row = 0; row < inputs.size(); row++) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray output =
              submodules.run(submodule, inputs.get(row), submodules.ops(scope, row(row)));
          output.attach(manager);
          outputs.add(output);
        }
      }
    }
    return outputs;
  }
}
