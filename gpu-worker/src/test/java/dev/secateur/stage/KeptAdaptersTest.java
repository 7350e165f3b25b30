package dev.secateur.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.Settings;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.model.Model;
import dev.secateur.protocol.Tuning;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LoraSettings;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingNotices;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptAdaptersTest {
  @TempDir Path folder;
  private final List<Integer> told = new ArrayList<>();
  private Model model;
  private LoraAdapter adapter;
  private TrainingState state;

  @BeforeEach
  void open() throws IOException {
    model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/llama-gqa-tied")), Device.cpu());
    adapter = LoraAdapter.fresh(model, new LoraSettings(2, 4, 0, List.of("q_proj")), 7);
    Path file = folder.resolve(".state-x.safetensors");
    Files.writeString(file, "how far it is");
    state = new TrainingState(file, 50, "x");
  }

  @AfterEach
  void close() {
    adapter.close();
    model.close();
  }

  private KeptAdapters attempt() {
    Tuning tuning =
        Settings.read(
            Tuning.class,
            """
            {template: 'plain', targets: [], budget: {steps: 6, epochs: 1, batch: 4, microBatch: 2},
             learningRate: 1e-3, warmup: 0, schedule: 'linear', rank: 2, alpha: 4, cutoff: 32,
             precision: 'float32', keepEvery: 2}
            """);
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void noticed(TrainingNotices notices) {}

          @Override
          public void stepDone(Trainer.Step step) {
            told.add(step.step());
          }
        };
    return new KeptAdapters(adapter, tuning, state, listener);
  }

  private static Trainer.Step step(int step) {
    return new Trainer.Step(step, 6, 1, 1e-3, 10);
  }

  private List<String> files() throws IOException {
    Path artifact = Files.createDirectories(folder.resolve("artifact"));
    try (Stream<Path> files = Files.list(artifact)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatWasKeptBeforeAnInterruptionIsTakenUp() throws IOException {
    KeptAdapters first = attempt();
    List.of(1, 2, 3).forEach(step -> first.stepDone(step(step)));
    KeptAdapters second = attempt();
    List.of(4, 5, 6).forEach(step -> second.stepDone(step(step)));
    files();
    second.moveTo(folder.resolve("artifact"));
    assertThat(files())
        .containsExactly("adapter_model.step-2.safetensors", "adapter_model.step-4.safetensors");
    assertThat(told).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(folder.resolve(".state-x.safetensors.kept")).doesNotExist();
  }

  @Test
  void theTrainingStartsOverWhereOneIsGone() {
    KeptAdapters second = attempt();
    assertThatThrownBy(() -> second.stepDone(step(4)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "adapter_model.step-2.safetensors: no longer exists; the training starts over");
    assertThat(state.file()).doesNotExist();
  }
}
