package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.PythonTools;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.evaluation.Verification;
import dev.secateur.evaluation.Verification.Difference;
import dev.secateur.generation.Generator;
import dev.secateur.generation.TokenSampling;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random checkpoints of other sizes and other spellings than the golden ones, against Hugging Face
 * transformers: logits, loss, gradients, greedy continuations, and what pruning makes of them. Runs
 * where {@link PythonTools} finds transformers.
 */
class RandomFamiliesTest {
  private static final int TOKENS = 18;

  @TempDir Path folder;

  @Test
  void computeWhatTransformersComputes() throws IOException {
    PythonTools python = PythonTools.with("torch", "transformers", "safetensors");
    Path made = folder.resolve("made");
    python.run("random_families.py", made);
    Map<Path, float[]> pruned = new LinkedHashMap<>();
    try (Stream<Path> checkpoints = Files.list(made)) {
      for (Path checkpoint : checkpoints.sorted().toList()) {
        check(checkpoint);
        for (Strategy strategy : List.of(Strategy.BLOCK, Strategy.CHANNEL, Strategy.LAYER)) {
          prune(checkpoint, strategy, pruned);
        }
        if (Checkpoint.open(checkpoint).decoder().experts().isPresent()) {
          prune(checkpoint, Strategy.EXPERT, pruned);
          prune(checkpoint, Strategy.BLOCK_SHARED, pruned);
        }
      }
    }
    assertThat(pruned).hasSizeGreaterThan(50);
    python.run("logits.py", pruned.keySet().toArray());
    pruned.forEach(
        (checkpoint, logits) -> {
          try (SafetensorsFile found =
              SafetensorsFile.open(checkpoint.resolve("logits.safetensors"))) {
            assertThat(floats(found.reals("logits")))
                .as("%s", checkpoint)
                .containsExactly(logits, within(2e-4f));
          }
        });
  }

  private static void check(Path checkpoint) {
    try (SafetensorsFile golden = SafetensorsFile.open(checkpoint.resolve("golden.safetensors"));
        Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu())) {
      List<Difference> differences = Verification.of(model, golden, checkpoint.toString());
      assertThat(differences)
          .as("%s", checkpoint)
          .allSatisfy(difference -> assertThat(difference.error()).isLessThan(1e-4));
      assertThat(differences)
          .filteredOn(difference -> difference.kind().equals("gradient"))
          .as("%s", checkpoint)
          .hasSize(model.weights().arrays().size());
      long[] continuation = golden.integers("continuation");
      assertThat(
              new Generator(model, new TokenSampling(0, 0, 1))
                  .continuation(
                      golden.integers("prompt"), continuation.length, Set.of(), 0, token -> {}))
          .as("%s", checkpoint)
          .containsExactly(continuation);
    }
  }

  /** Writes the pruned checkpoint with its input, where stock classes are said to load it. */
  private void prune(Path source, Strategy strategy, Map<Path, float[]> logits) throws IOException {
    Path target = folder.resolve(source.getFileName() + "-" + strategy.label());
    Checkpoint checkpoint = Checkpoint.open(source);
    long[] ids = new Random(7).longs(TOKENS, 3, checkpoint.config().size("vocab_size")).toArray();
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu());
        Model pruned = Slicer.slice(model, groups(model, strategy));
        NDManager scope = pruned.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      if (CheckpointWriter.write(pruned, checkpoint, WrittenTypes.all(ElementType.F32), target)
          .isStock()) {
        Batch batch = Batch.causal(new long[][] {ids});
        logits.put(target, pruned.logits(scope, batch).toFloatArray());
      }
    }
    SafetensorsWriter.write(
        target.resolve("input.safetensors"),
        Map.of(),
        List.of(Tensor.of("input_ids", ids, 1, TOKENS)));
  }

  /** The same share of every structure at random, so that all layers stay alike. */
  private static List<Recipe.Group> groups(Model model, Strategy strategy) {
    Eligible.Layers layers = Eligible.Layers.both(0, model.decoder().layers());
    List<CoupledStructure> eligible = Eligible.of(Discovery.of(model.decoder()), strategy, layers);
    Budget budget =
        Budget.local(
            new BigDecimal(
                strategy == Strategy.CHANNEL || strategy == Strategy.EXPERT ? "0.25" : "0.5"));
    Selection selection = new Selection(model.decoder(), eligible, strategy, layers, budget);
    Random random = new Random(3);
    Map<String, double[]> scores = new HashMap<>();
    eligible.forEach(s -> scores.put(s.name(), random.doubles(s.units()).toArray()));
    selection.remove(1, scores);
    return selection.groups();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
