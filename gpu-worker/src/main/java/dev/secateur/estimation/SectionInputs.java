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
 * What goes into each section of a forward pass, row by row, for a walk from the head down. If all
 * of it would take too much memory, only the inputs of about the square root of the number of
 * sections are kept, at equal distances, and the others are recomputed, to the same bits (arXiv
 * 1604.06174).
 */
final class SectionInputs {
  private final Sections sections;
  private final Batch batch;
  private final int lowest;
  private final int stride;
  private final NDManager manager;
  private final Map<Integer, List<NDArray>> held = new HashMap<>();

  /**
   * Runs the forward pass.
   *
   * @param lowest the section that the walk ends with
   * @param limit what the inputs of all sections may take, in bytes, before some are left out
   * @param manager owner of what is held
   * @param checkpoint run between sections; may throw to end the pass
   */
  SectionInputs(
      Sections sections,
      Batch batch,
      int lowest,
      long limit,
      NDManager manager,
      Runnable checkpoint) {
    this.sections = sections;
    this.batch = batch;
    this.lowest = lowest;
    this.manager = manager;
    List<NDArray> streams =
        IntStream.range(0, batch.rows()).mapToObj(row -> row(row).ids(manager)).toList();
    int every = 1;
    for (int section = 0; section < sections.head(); section++) {
      checkpoint.run();
      List<NDArray> next = next(section, streams);
      if (section == 0) {
        long bytes = 4 * next.stream().mapToLong(NDArray::size).sum();
        every = stride(sections.head() - lowest, bytes, limit);
      }
      if (section < lowest || (section - lowest) % every != 0) {
        streams.forEach(NDArray::close);
      } else {
        held.put(section, streams);
      }
      streams = next;
    }
    this.stride = every;
    held.put(sections.head(), streams);
  }

  /**
   * How many sections lie from one that is kept to the next.
   *
   * @param count of sections
   * @param bytes that what goes into one of them takes
   */
  static int stride(int count, long bytes, long limit) {
    return count * bytes <= limit ? 1 : (int) Math.ceil(Math.sqrt(count));
  }

  Batch row(int row) {
    return batch.rows(row, row + 1);
  }

  /** What goes into a section for each row; asked from the head down. */
  List<NDArray> of(int section) {
    if (!held.containsKey(section)) {
      int from = lowest + (section - lowest) / stride * stride;
      for (int below = from; below < section; below++) {
        held.put(below + 1, next(below, held.get(below)));
      }
    }
    return held.get(section);
  }

  /** Gives back what went into a section. */
  void release(int section) {
    held.remove(section).forEach(NDArray::close);
  }

  private List<NDArray> next(int section, List<NDArray> inputs) {
    List<NDArray> outputs = new ArrayList<>();
    try (GradMode off = GradMode.off()) {
      for (int row = 0; row < inputs.size(); row++) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray output = sections.run(section, inputs.get(row), sections.ops(scope, row(row)));
          output.attach(manager);
          outputs.add(output);
        }
      }
    }
    return outputs;
  }
}
