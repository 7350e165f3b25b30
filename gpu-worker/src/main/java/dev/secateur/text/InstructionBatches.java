package dev.secateur.text;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import java.util.stream.IntStream;

/** Batches of instruction rows, in an order that a seed decides; a function of the step alone. */
public final class InstructionBatches {
  private final InstructionRows rows;
  private final int batch;
  private final Shuffled order;

  /**
   * @param batch rows of a step
   */
  public InstructionBatches(InstructionRows rows, int batch, long seed) {
    this.rows = rows;
    this.batch = batch;
    this.order = new Shuffled(rows.rows().size(), seed);
  }

  /**
   * The batch of a step, counted from zero.
   *
   * @throws InputException when the cutoff leaves nothing of any answer
   */
  public Batch at(int step) {
    return rows.batch(
        IntStream.range(0, batch).mapToObj(i -> order.at((long) step * batch + i)).toList(),
        "step " + (step + 1));
  }
}
