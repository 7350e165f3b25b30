package dev.secateur.training;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.source.Texts;
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
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The training data of a recovery: instruction rows, or a text in chunks as long as the cutoff.
 *
 * @param batches the batch of a step, counted from zero
 * @param steps that the budget gives
 * @param notices about the data
 */
public record RecoveryBatches(
    IntFunction<Batch> batches, int steps, ValidationSet validation, TrainingNotices notices) {

  /**
   * @throws InputException when the data can't be read, or there is too little of it
   */
  public static RecoveryBatches of(TextRef data, Tokenizer tokenizer, Tuning tuning, long seed) {
    return Texts.isInstructions(data)
        ? ofInstructions(data, tokenizer, tuning, seed)
        : ofText(data, tokenizer, tuning, seed);
  }

  private static RecoveryBatches ofInstructions(
      TextRef data, Tokenizer tokenizer, Tuning tuning, long seed) {
    List<Instruction> read = Texts.instructions(data);
    if (tokenizer.mayExceed()) {
      checkTokens(data, rows(read, tokenizer, tuning));
    }
    List<Instruction> all = new ArrayList<>(rows(read, tokenizer, tuning).answered().rows());
    int leftOut = read.size() - all.size();
    if (all.isEmpty() && leftOut > 0) {
      throw new InputException(
          data.name() + ": none of " + answers(leftOut, tuning) + "; raise the cutoff");
    }
    String answered = leftOut > 0 ? " with an answer within the cutoff" : "";
    int held = held(tuning, all.size(), answered, data);
    List<Instruction> heldOut = List.of();
    if (held > 0) {
      // A row's part must not depend on the order of steps, which begins with the same seed.
      Collections.shuffle(all, new Random(~seed));
      heldOut = List.copyOf(all.subList(0, held));
      all = all.subList(held, all.size());
    }
    all = drawn(all, tuning, seed, data);
    InstructionRows rows = rows(List.copyOf(all), tokenizer, tuning);
    int batch = tuning.budget().batch();
    int steps = tuning.budget().stepsFor(all.size());
    return new RecoveryBatches(
        new InstructionBatches(rows, batch, seed)::at,
        steps,
        validation(rows(heldOut, tokenizer, tuning), tuning),
        notices(data, leftOut, read.size(), steps, tuning));
  }

  /** As many of the rows as are to be trained on: the first of an order that the seed decides. */
  private static <T> List<T> drawn(List<T> rows, Tuning tuning, long seed, TextRef data) {
    int count = tuning.rows();
    if (count == 0) {
      return rows;
    }
    if (count > rows.size()) {
      throw new InputException(
          data.name() + ": has " + rows.size() + " rows to train on, and rows = " + count);
    }
    List<T> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(seed ^ 0x9E3779B97F4A7C15L));
    return shuffled.subList(0, count);
  }

  private static String answers(int rows, Tuning tuning) {
    return rows + " rows has a token of its answer within the cutoff of " + tuning.cutoff();
  }

  private static TrainingNotices notices(
      TextRef data, int leftOut, int rows, int steps, Tuning tuning) {
    List<String> lines = new ArrayList<>();
    if (leftOut > 0) {
      lines.add(
          data.name()
              + ": "
              + leftOut
              + " of "
              + rows
              + " rows are left out: no token of their answer is within the cutoff of "
              + tuning.cutoff());
    }
    lines.addAll(TrainingNotices.ofWarmup(tuning.warmup(), steps));
    int missing = Math.max(0, tuning.warmup() - steps);
    return new TrainingNotices(leftOut, missing, List.copyOf(lines));
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

  private static ValidationSet validation(InstructionRows rows, Tuning tuning) {
    int together = tuning.budget().microBatch();
    return validation(
        tuning,
        IntStream.iterate(0, start -> start < rows.rows().size(), start -> start + together)
            .mapToObj(start -> rows.batch(start, Math.min(rows.rows().size(), start + together)))
            .toList());
  }

  private static ValidationSet validation(Tuning tuning, List<Batch> batches) {
    if (!(tuning.validation() instanceof Tuning.HeldOut asked)) {
      return ValidationSet.NONE;
    }
    int patience =
        asked instanceof Tuning.EarlyStopping early ? early.patience() : ValidationSet.ENDLESS;
    return new ValidationSet(batches, asked.every(), patience);
  }

  /** Chunks of a text; its last ones are held out. */
  private static RecoveryBatches ofText(
      TextRef data, Tokenizer tokenizer, Tuning tuning, long seed) {
    int length = tuning.cutoff();
    long[] tokens = Texts.document(data, Split.TRAIN, tokenizer, Long.MAX_VALUE);
    int chunks = tokens.length / length;
    int held = held(tuning, chunks, "", data);
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
    List<Integer> trained =
        drawn(IntStream.range(0, kept).boxed().toList(), tuning, seed, data).stream()
            .sorted()
            .toList();
    long[] joined = new long[trained.size() * length];
    for (int i = 0; i < trained.size(); i++) {
      System.arraycopy(tokens, trained.get(i) * length, joined, i * length, length);
    }
    TokenWindows windows = new TokenWindows(joined, length, tuning.budget().batch(), seed);
    int steps = tuning.budget().stepsFor(trained.size());
    return new RecoveryBatches(
        windows::at, steps, validation(tuning, heldOut), notices(data, 0, chunks, steps, tuning));
  }

  private static int held(Tuning tuning, int rows, String which, TextRef data) {
    int held = tuning.validation() instanceof Tuning.HeldOut asked ? asked.rows() : 0;
    if (held >= rows) {
      throw new InputException(
          data.name()
              + ": has "
              + rows
              + " rows"
              + which
              + ", and "
              + held
              + " are to be held out of them");
    }
    return held;
  }
}
