package dev.secateur.training;

import static dev.secateur.training.TrainerFixture.batch;
import static dev.secateur.training.TrainerFixture.model;
import static dev.secateur.training.TrainerFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Schedule;
import dev.secateur.tensor.GradMode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trainings of adapters, of every family. */
class AdapterTrainingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-mha",
        "phi3",
        "gpt2",
        "bloom",
        "opt",
        "gpt-neox",
        "gemma2",
        "gemma3",
        "olmo2",
        "granite",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "gpt-oss"
      })
  void aFreshAdapterChangesNothingAndAMergedOneComputesTheSame(String family) {
    long[][] rows = {new Random(9).longs(12, 0, 128).toArray()};
    Batch batch = Batch.causal(rows);
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu())) {
      LoraSettings lora = new LoraSettings(4, 8, 0, LoraSettings.allProjections(model.decoder()));
      try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
        double before = perplexity(model, rows);
        try (Model merged = adapter.merge(model)) {
          assertThat(perplexity(merged, rows)).isEqualTo(before);
        }
        List<Double> losses = new ArrayList<>();
        new Trainer(new Lora(model, adapter), settings(30, 6, 1e-2), TrainerFixture::batch)
            .run(step -> losses.add(step.loss()));
        assertThat(losses.get(29)).isLessThan(losses.get(0));
        try (Model merged = adapter.merge(model);
            NDManager scope = NDManager.newBaseManager(Device.cpu());
            GradMode mode = GradMode.off()) {
          float[] beside =
              model
                  .decoder()
                  .logits(
                      new Lora(model, adapter).ops(scope, leaf -> leaf, rows, OptionalLong.empty()),
                      batch.ids(scope))
                  .toFloatArray();
          assertThat(merged.logits(scope, batch).toFloatArray())
              .containsExactly(beside, within(2e-5f));
        }
        assertThat(perplexity(model, rows)).isEqualTo(before);
      }
    }
  }

  @Test
  void adaptsLlamasSevenProjectionsByDefault() {
    try (Model model = model()) {
      assertThat(LoraSettings.allProjections(model.decoder()))
          .containsExactlyInAnyOrder(
              "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    }
  }

  /** An expert's matrices where they are asked for, also of experts that no token goes to. */
  @Test
  void adaptsExpertsWhereTheyAreNamed() {
    long[][] rows = {{5, 6, 7}};
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/mixtral")), Device.cpu())) {
      assertThat(LoraSettings.allProjections(model.decoder()))
          .containsExactlyInAnyOrder("q_proj", "k_proj", "v_proj", "o_proj");
      LoraSettings lora = new LoraSettings(4, 8, 0.1, List.of("w1", "w2", "gate"));
      try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
        assertThat(adapter.arrays()).hasSize(2 * (3 * 4 * 2 + 3));
        List<Double> losses = new ArrayList<>();
        new Trainer(
                new Lora(model, adapter),
                settings(8, 2, 1e-2),
                index -> Batch.causal(new long[][] {rows[0]}))
            .run(step -> losses.add(step.loss()));
        assertThat(losses).hasSize(8).allMatch(Double::isFinite);
        assertThat(losses.get(7)).isLessThan(losses.get(0));
        try (Model merged = adapter.merge(model)) {
          assertThat(perplexity(merged, rows)).isNotEqualTo(perplexity(model, rows));
        }
      }
    }
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/qwen3-moe")), Device.cpu())) {
      assertThat(LoraSettings.allProjections(model.decoder()))
          .as("names of a plain MLP that experts have as well are left out")
          .containsExactlyInAnyOrder("q_proj", "k_proj", "v_proj", "o_proj");
    }
  }

  private static double perplexity(Model model, long[][] rows) {
    return Perplexity.of(model, rows, (done, all) -> {}).perplexity();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "phi3",
        "gpt2",
        "bloom",
        "opt",
        "gpt-neox",
        "gemma2",
        "chatglm",
        "gemma3",
        "olmo2",
        "granite",
        "smollm3"
      })
  void checkpointingChangesNothingButRounding(String family) {
    for (boolean whole : List.of(true, false)) {
      List<Double> kept = lossesOf(family, whole, false);
      List<Double> again = lossesOf(family, whole, true);
      for (int step = 0; step < kept.size(); step++) {
        assertThat(again.get(step)).isCloseTo(kept.get(step), within(1e-4));
      }
    }
  }

  /** Of a whole model, or of an adapter with dropout. */
  private static List<Double> lossesOf(String family, boolean whole, boolean checkpointing) {
    TrainingSettings settings =
        new TrainingSettings(
            5, 4, 1e-2, 0, Schedule.CONSTANT, 0, 0.9, 0.999, 1e-8, 1, checkpointing, 1);
    List<Double> losses = new ArrayList<>();
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu())) {
      LoraSettings lora = new LoraSettings(4, 8, 0.1, LoraSettings.allProjections(model.decoder()));
      try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
        Trainable trained = whole ? Trainable.whole(model) : new Lora(model, adapter);
        new Trainer(trained, settings, TrainerFixture::batch).run(step -> losses.add(step.loss()));
      }
    }
    return losses;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-gqa-tied", "phi3", "gpt2", "bloom", "opt", "gpt-neox", "gemma2", "chatglm"})
  void anAdapterOfWeightsInBfloat16LearnsAsOneOfFloat32(String family) {
    try (Model model =
            CheckpointReader.load(
                Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu());
        Model held = model.held(Precision.BFLOAT16)) {
      List<Double> wide = adapted(model);
      List<Double> narrow = adapted(held);
      assertThat(narrow.get(9)).isLessThan(narrow.get(0));
      for (int step = 0; step < wide.size(); step++) {
        assertThat(narrow.get(step)).isCloseTo(wide.get(step), within(0.05));
      }
      assertThat(narrow).isNotEqualTo(wide);
    }
  }

  private static List<Double> adapted(Model model) {
    List<Double> losses = new ArrayList<>();
    LoraSettings lora = new LoraSettings(4, 8, 0, LoraSettings.allProjections(model.decoder()));
    try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
      new Trainer(new Lora(model, adapter), settings(10, 6, 1e-2), TrainerFixture::batch)
          .run(step -> losses.add(step.loss()));
    }
    return losses;
  }
}
