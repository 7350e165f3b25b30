package dev.secateur.training;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Schedule;
import java.util.Random;

/** A small model, settings and batches of which trainings are tested. */
final class TrainerFixture {
  static Model model() {
    return CheckpointReader.load(
        Checkpoint.open(Fixtures.resource("families/llama-mha")), Device.cpu());
  }

  static TrainingSettings settings(int steps, int microBatch, double rate) {
    return new TrainingSettings(
        steps, microBatch, rate, 2, Schedule.COSINE, 0.1, 0.9, 0.95, 1e-8, 1, false, 1);
  }

  static Batch batch(int step) {
    Random random = new Random(step % 2);
    long[][] rows = new long[6][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = random.longs(10, 0, 128).toArray();
    }
    return Batch.causal(rows);
  }

  private TrainerFixture() {}
}
