package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.BaichuanFixture;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.UnitScores;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.Verification;
import dev.secateur.generation.Generator;
import dev.secateur.generation.TokenSampling;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.GradMode;
import dev.secateur.training.Lora;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LoraSettings;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingSettings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs what README's table of families claims of each, cell by cell, on the tiny checkpoints. */
class FamilyTableTest {
  private static final Map<String, Strategy> STRATEGIES = new LinkedHashMap<>();

  static {
    STRATEGIES.put("block", Strategy.BLOCK);
    STRATEGIES.put("channel", Strategy.CHANNEL);
    STRATEGIES.put("layer", Strategy.LAYER);
    STRATEGIES.put("expert", Strategy.EXPERT);
  }

  @TempDir Path folder;

  @Test
  void isTheOneInTheReadme() throws IOException {
    Map<String, Set<String>> done = new TreeMap<>();
    for (Path checkpoint : checkpoints()) {
      done.merge(
          Checkpoint.open(checkpoint).decoder().family(),
          cells(checkpoint),
          (a, b) -> a.stream().filter(b::contains).collect(Collectors.toSet()));
    }
    StringBuilder table = new StringBuilder("| `model_type` | verify |");
    STRATEGIES.keySet().forEach(name -> table.append(" ").append(name).append(" |"));
    table.append(" LoRA | generation |\n|---|---|---|---|---|---|---|---|\n");
    done.forEach(
        (family, cells) -> {
          table.append("| `").append(family).append("` | yes |");
          STRATEGIES.keySet().forEach(n -> table.append(cells.contains(n) ? " yes |" : " |"));
          table.append(" yes | yes |\n");
        });
    assertThat(Files.readString(Path.of("README.md")).contains(table.toString()))
        .as("README.md of gpu-worker has this table:\n" + table)
        .isTrue();
  }

  private List<Path> checkpoints() throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> families = Files.list(Fixtures.resource("families"))) {
      families.sorted().forEach(all::add);
    }
    all.add(BaichuanFixture.write(folder.resolve("baichuan-7b"), false));
    all.add(BaichuanFixture.write(folder.resolve("baichuan-13b"), true));
    return all;
  }

  /** The strategies that a checkpoint was pruned by; what else there is to run fails or passes. */
  private static Set<String> cells(Path checkpoint) {
    try (Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu())) {
      Batch batch = verified(model, checkpoint);
      Set<String> pruned =
          STRATEGIES.keySet().stream()
              .filter(name -> hasUnits(model, name))
              .peek(name -> prune(model, STRATEGIES.get(name), batch))
              .collect(Collectors.toSet());
      adapt(model, batch);
      long[] prompt = Arrays.copyOf(batch.idRows()[0], 5);
      assertThat(
              new Generator(model, new TokenSampling(0, 0, 1))
                  .continuation(prompt, 3, Set.of(), 0, token -> {}))
          .hasSize(3);
      return pruned;
    }
  }

  private static boolean hasUnits(Model model, String strategy) {
    return !strategy.equals("expert") || model.decoder().experts().isPresent();
  }

  /** Baichuan's, whose weights are a LLaMA's, has that one's logits where it has its positions. */
  private static Batch verified(Model model, Path checkpoint) {
    boolean fused = model.decoder().family().equals("baichuan");
    Path golden =
        (fused ? Fixtures.resource("families/llama-mha") : checkpoint)
            .resolve("golden.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(golden)) {
      long[] ids = file.integers("input_ids");
      int tokens = ids.length / 2;
      Batch batch =
          Batch.causal(
              new long[][] {
                Arrays.copyOf(ids, tokens), Arrays.copyOfRange(ids, tokens, ids.length)
              });
      if (!fused) {
        assertThat(Verification.of(model, file, checkpoint.toString()))
            .allSatisfy(difference -> assertThat(difference.error()).isLessThan(1e-4));
      } else if (model.decoder().constants().isEmpty()) {
        float[] found = logits(model, batch);
        double[] expected = file.reals("logits");
        for (int i = 0; i < found.length; i++) {
          assertThat((double) found[i]).isCloseTo(expected[i], within(1e-4));
        }
      }
      return batch;
    }
  }

  private static float[] logits(Model model, Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, batch).toFloatArray();
    }
  }

  private static void prune(Model model, Strategy strategy, Batch batch) {
    Criterion criterion = strategy == Strategy.EXPERT ? Criterion.REAP : Criterion.TAYLOR_ELEMENT1;
    Eligible.Layers layers = Eligible.Layers.both(0, model.decoder().layers());
    List<CoupledStructure> eligible = Eligible.of(Discovery.of(model.decoder()), strategy, layers);
    Map<String, double[]> scores = new HashMap<>();
    Estimation.of(model, eligible, criterion, Calibration.whole(batch), 1, () -> {})
        .forEach(of -> scores.put(of.structure(), UnitScores.of(of.members(), Aggregation.SUM)));
    Selection selection =
        new Selection(
            model.decoder(), eligible, strategy, layers, Budget.local(new BigDecimal("0.5")));
    selection.remove(1, scores);
    try (Model pruned = Slicer.slice(model, selection.groups())) {
      assertThat(pruned.weights().elements()).isLessThan(model.weights().elements());
      assertThat(perplexity(pruned, batch)).isBetween(1.0, 1000.0);
    }
  }

  private static double perplexity(Model model, Batch batch) {
    return Perplexity.of(model, batch.idRows(), (done, all) -> {}).perplexity();
  }

  private static void adapt(Model model, Batch batch) {
    LoraSettings settings = new LoraSettings(4, 8, 0, LoraSettings.allProjections(model.decoder()));
    TrainingSettings steps =
        new TrainingSettings(3, 2, 1e-2, 0, Schedule.CONSTANT, 0, 0.9, 0.95, 1e-8, 1, false, 1);
    List<Double> losses = new ArrayList<>();
    try (LoraAdapter adapter = LoraAdapter.fresh(model, settings, 5)) {
      new Trainer(new Lora(model, adapter), steps, step -> batch)
          .run(step -> losses.add(step.loss()));
      try (Model merged = adapter.merge(model)) {
        assertThat(perplexity(merged, batch)).isLessThan(perplexity(model, batch));
      }
    }
    assertThat(losses.get(2)).isLessThan(losses.get(0));
  }
}
