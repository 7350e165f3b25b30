package dev.secateur.worker;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.recovery.Validation;
import dev.secateur.text.Instruction;
import dev.secateur.text.InstructionBatches;
import dev.secateur.text.InstructionRows;
import dev.secateur.text.Split;
import dev.secateur.text.TokenWindows;
import dev.secateur.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What a recovery trains on: instruction rows, or a text in chunks as long as the cutoff.
 *
 * @param batches the batch of a step, counted from zero
 * @param steps that the budget makes of them
 */
record RecoveryBatches(IntFunction<Batch> batches, int steps, Optional<Validation> validation) {

  /**
   * @throws InputException when the data can't be read, or there is too little of it
   */
  static RecoveryBatches of(TextRef data, Tokenizer tokenizer, Tuning tuning, long seed) {
    return Texts.isInstructions(data)
        ? ofInstructions(data, tokenizer, tuning, seed)
        : ofText(data, tokenizer, tuning, seed);
  }

  private static RecoveryBatches ofInstructions(
      TextRef data, Tokenizer tokenizer, Tuning tuning, long seed) {
    List<Instruction> all = new ArrayList<>(Texts.instructions(data));
    if (tokenizer.mayExceed()) {
      checkTokens(data, rows(all, tokenizer, tuning));
    }
    int held = held(tuning, all.size(), data);
    List<Instruction> heldOut = List.of();
    if (held > 0) {
      // A row's part must not depend on the order of steps, which begins with the same seed.
      Collections.shuffle(all, new Random(~seed));
      heldOut = List.copyOf(all.subList(0, held));
      all = all.subList(held, all.size());
    }
    InstructionRows rows = rows(List.copyOf(all), tokenizer, tuning);
    int batch = tuning.budget().batch();
    return new RecoveryBatches(
        new InstructionBatches(rows, batch, seed)::at,
        tuning.budget().stepsFor(all.size()),
        validation(rows(heldOut, tokenizer, tuning), tuning));
  }

  /** A row that can't be computed is named before the training, not in its midst. */
  private static void checkTokens(TextRef data, InstructionRows rows) {
    for (int row = 0; row < rows.rows().size(); row++) {
      try {
        rows.batch(row, row + 1);
      } catch (InputException e) {
        throw new InputException(data.name() + ": row " + (row + 1) + ": " + e.getMessage(), e);
      }
    }
  }

  private static InstructionRows rows(List<Instruction> rows, Tokenizer tokenizer, Tuning tuning) {
    return new InstructionRows(
        rows, tokenizer, tuning.template(), tuning.trainOnInputs(), tuning.cutoff());
  }

  private static Optional<Validation> validation(InstructionRows rows, Tuning tuning) {
    int together = tuning.budget().microBatch();
    return validation(
        tuning,
        IntStream.iterate(0, start -> start < rows.rows().size(), start -> start + together)
            .mapToObj(start -> rows.batch(start, Math.min(rows.rows().size(), start + together)))
            .toList());
  }

  private static Optional<Validation> validation(Tuning tuning, List<Batch> batches) {
    return tuning.validation().map(v -> new Validation(batches, v.every(), v.patience()));
  }

  /** Chunks of a text; its last ones are held out. */
  private static RecoveryBatches ofText(
      TextRef data, Tokenizer tokenizer, Tuning tuning, long seed) {
    int length = tuning.cutoff();
    long[] tokens = Texts.document(data, Split.TRAIN, tokenizer, Long.MAX_VALUE);
    int chunks = tokens.length / length;
    int held = held(tuning, chunks, data);
    int kept = chunks - held;
    if (kept < 2) {
      throw new InputException(
          data.name() + ": has " + kept + " chunks of " + length + " tokens to train on; too few");
    }
    List<Batch> heldOut = new ArrayList<>();
    for (int chunk = kept; chunk < chunks; chunk++) {
      long[] ids = Arrays.copyOfRange(tokens, chunk * length, (chunk + 1) * length);
      heldOut.add(Batch.causal(new long[][] {ids}));
    }
    TokenWindows windows =
        new TokenWindows(
            Arrays.copyOf(tokens, kept * length), length, tuning.budget().batch(), seed);
    return new RecoveryBatches(
        windows::at, tuning.budget().stepsFor(kept), validation(tuning, heldOut));
  }

  private static int held(Tuning tuning, int rows, TextRef data) {
    int held = tuning.validation().map(Tuning.Validation::rows).orElse(0);
    if (held >= rows) {
      throw new InputException(
          data.name() + ": has " + rows + " rows, and " + held + " are to be held out of them");
    }
    return held;
  }
}
