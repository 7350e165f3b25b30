package dev.secateur.text;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Batches of tokenised instruction rows, in an order that a seed decides; a function of the step
 * alone. Only the answer is predicted; it ends with the end-of-document token unless it was cut.
 * Rows are padded on the right, where causal attention never looks, with targets that count
 * nothing.
 */
public final class InstructionBatches {
  private final List<Instruction> rows;
  private final Tokenizer tokenizer;
  private final Instruction.Template template;
  private final int cutoff;
  private final int batch;
  private final long seed;
  private int shuffledEpoch = -1;
  private int[] order;

  private record Row(long[] ids, int promptTokens) {}

  /**
   * @param cutoff the largest number of tokens of a row; what is beyond is cut
   * @param batch rows of a step
   */
  public InstructionBatches(
      List<Instruction> rows,
      Tokenizer tokenizer,
      Instruction.Template template,
      int cutoff,
      int batch,
      long seed) {
    this.rows = rows;
    this.tokenizer = tokenizer;
    this.template = template;
    this.cutoff = cutoff;
    this.batch = batch;
    this.seed = seed;
  }

  /**
   * The batch of a step, counted from zero.
   *
   * @throws InputException when the cutoff leaves nothing of any answer
   */
  public Batch at(int step) {
    List<Row> chosen =
        IntStream.range(0, batch).mapToObj(i -> row((long) step * batch + i)).toList();
    int tokens = chosen.stream().mapToInt(row -> row.ids.length).max().orElseThrow();
    long[] ids = new long[batch * tokens];
    long[] targets = new long[ids.length];
    Arrays.fill(targets, Batch.IGNORED);
    for (int i = 0; i < batch; i++) {
      Row row = chosen.get(i);
      System.arraycopy(row.ids, 0, ids, i * tokens, row.ids.length);
      for (int t = Math.max(1, row.promptTokens); t < row.ids.length; t++) {
        targets[i * tokens + t - 1] = row.ids[t];
      }
    }
    Batch made = new Batch(batch, tokens, ids, targets);
    if (made.predicted() == 0) {
      throw new InputException(
          "no row of step "
              + (step + 1)
              + " has an answer within its first "
              + cutoff
              + " tokens; raise the cutoff");
    }
    return made;
  }

  private Row row(long index) {
    shuffle((int) (index / rows.size()));
    Instruction row = rows.get(order[(int) (index % rows.size())]);
    long[] promptIds = withBos(tokenizer.encode(row.prompt(template)));
    long[] ids = withBos(tokenizer.encode(row.text(template)));
    if (ids.length > cutoff) {
      ids = Arrays.copyOf(ids, cutoff);
    } else if (ids.length < cutoff && tokenizer.eos().isPresent()) {
      ids = Arrays.copyOf(ids, ids.length + 1);
      ids[ids.length - 1] = tokenizer.eos().getAsLong();
    }
    return new Row(ids, Math.min(promptIds.length, ids.length));
  }

  private long[] withBos(long[] ids) {
    return tokenizer.bos().isEmpty()
        ? ids
        : LongStream.concat(LongStream.of(tokenizer.bos().getAsLong()), Arrays.stream(ids))
            .toArray();
  }

  private void shuffle(int epoch) {
    if (epoch == shuffledEpoch) {
      return;
    }
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + epoch);
    order = new int[rows.size()];
    for (int i = 0; i < order.length; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    shuffledEpoch = epoch;
  }
}
