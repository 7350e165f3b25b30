package dev.secateur.estimation;

import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.model.Batch;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples whose gradient is taken in one backward pass.
 *
 * @param first the first of its rows in the calibration batch
 * @param batch its rows, with the targets that count
 * @param lossScale what the sum of its tokens' losses is multiplied with to give its share of the
 *     calibration loss
 * @param squareScale what the squared gradient of that share is multiplied with to give its share
 *     of F
 */
record Chunk(int first, Batch batch, double lossScale, double squareScale) {

  /** This part's chunks: all samples at once, or as finely as F averages. */
  static List<Chunk> of(Calibration calibration, boolean secondOrder) {
    Batch whole = calibration.batch();
    int from = calibration.from(whole.rows());
    int to = calibration.to(whole.rows());
    double lossScale = 1.0 / whole.predicted();
    if (!secondOrder) {
      return List.of(new Chunk(from, whole.rows(from, to), lossScale, 0));
    }
    List<Chunk> chunks = new ArrayList<>();
    for (int row = from; row < to; row++) {
      Batch sample = whole.rows(row, row + 1);
      if (calibration.fisher() == Fisher.SAMPLE) {
        // g_j is of the sample's own mean loss; F is the mean of its squares.
        double toMean = (double) whole.predicted() / sample.predicted();
        chunks.add(new Chunk(row, sample, lossScale, toMean * toMean / whole.rows()));
      } else {
        for (Batch token : sample.tokenByToken()) {
          chunks.add(new Chunk(row, token, lossScale, whole.predicted()));
        }
      }
    }
    return chunks;
  }

  /** Some of its rows, with their share of the loss. */
  Chunk rows(int start, int end) {
    return new Chunk(first + start, batch.rows(start, end), lossScale, squareScale);
  }

  /** The chunks whose rows no chunk before them has: what goes into a submodule, each once. */
  static List<Chunk> groups(List<Chunk> chunks) {
    List<Chunk> groups = new ArrayList<>();
    for (Chunk chunk : chunks) {
      if (groups.isEmpty() || groups.get(groups.size() - 1).first() != chunk.first()) {
        groups.add(chunk);
      }
    }
    return groups;
  }

  /** The place of a chunk's rows among the groups, which all have as many. */
  static int group(List<Chunk> groups, Chunk chunk) {
    return (chunk.first() - groups.get(0).first()) / groups.get(0).batch().rows();
  }
}
