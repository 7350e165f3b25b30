package dev.secateur.local.bench;

import ai.djl.Device;
import dev.secateur.memory.Work;
import dev.secateur.model.Decoder;
import dev.secateur.model.Initialization;
import dev.secateur.model.Model;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Schedule;
import dev.secateur.training.Lora;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LoraSettings;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Times LoRA recovery, rank 8 on all affine maps of the blocks, on a random LLaMA. */
public final class RecoverBench {
  private static final int RANK = 8;

  private RecoverBench() {}

  /** What it does, in the sizes that memory depends on. */
  public static List<Work> works(int rows, int tokens, boolean checkpointing) {
    return List.of(work(rows, rows, tokens, checkpointing));
  }

  static Work work(int rows, int microBatch, int tokens, boolean checkpointing) {
    return new Work.Adapter(rows, microBatch, tokens, RANK, true, checkpointing, Precision.FLOAT32);
  }

  /**
   * Tokens a second of the median step.
   *
   * @param steps after one to warm up
   * @param checkpointing whether activations are computed again for the gradients
   */
  public static double tokensPerSecond(
      RandomLlama size, int rows, int tokens, int steps, boolean checkpointing, Device device) {
    Decoder decoder = size.decoder();
    List<Double> seconds = new ArrayList<>();
    try (Model model = new Model(decoder, Initialization.random(decoder, 1, device));
        LoraAdapter adapter = LoraAdapter.fresh(model, lora(decoder), 1)) {
      long[] last = {System.nanoTime()};
      new Trainer(
              new Lora(model, adapter),
              settings(steps + 1, rows, checkpointing),
              step -> size.batch(rows, tokens, step))
          .run(
              step -> {
                long now = System.nanoTime();
                if (step.step() > 1) {
                  seconds.add((now - last[0]) / 1e9);
                }
                last[0] = now;
              });
    }
    Collections.sort(seconds);
    return rows * tokens / seconds.get(seconds.size() / 2);
  }

  static LoraSettings lora(Decoder decoder) {
    return new LoraSettings(RANK, 16, 0.05, LoraSettings.allProjections(decoder));
  }

  static TrainingSettings settings(int steps, int microBatch, boolean checkpointing) {
    return new TrainingSettings(
        steps, microBatch, 1e-4, 0, Schedule.CONSTANT, 0, 0.9, 0.999, 1e-8, 1, checkpointing, 1);
  }
}
