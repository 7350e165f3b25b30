package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Profiles;
import dev.secateur.generation.Generator;
import dev.secateur.generation.TokenSampling;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Recipe;
import dev.secateur.training.Lora;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LoraSettings;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** What is done with a tiny model, of 128 tokens, whose numbers tests compare bit by bit. */
final class ModelWork {
  private ModelWork() {}

  /** Rows of random tokens, the same each time. */
  static Batch batch(int rows, int tokens) {
    Random random = new Random(11);
    long[][] ids = new long[rows][];
    for (int row = 0; row < rows; row++) {
      ids[row] = random.longs(tokens, 3, 128).toArray();
    }
    return Batch.causal(ids);
  }

  /** The scores of all members of what may be pruned, of three samples. */
  static List<List<Double>> scores(
      Model model, Strategy strategy, Criterion criterion, Fisher fisher, Activations activations) {
    List<CoupledStructure> eligible =
        Eligible.of(
            Discovery.of(model.decoder()),
            strategy,
            Eligible.Layers.both(0, model.decoder().layers()));
    Calibration calibration = new Calibration(batch(3, 10), fisher, activations, 0, 1);
    List<List<Double>> scores = new ArrayList<>();
    for (MemberScores structure :
        Estimation.of(model, eligible, criterion, calibration, 1, () -> {})) {
      structure.members().forEach(member -> scores.add(Arrays.stream(member).boxed().toList()));
    }
    return scores;
  }

  /** The profiles of heads and MLP channels, units going from the first on. */
  static List<List<Double>> profiles(Model model) {
    List<CoupledStructure> eligible =
        Eligible.of(
            Discovery.of(model.decoder()),
            Strategy.BLOCK,
            Eligible.Layers.both(0, model.decoder().layers()));
    Map<String, int[]> orders = new HashMap<>();
    eligible.forEach(s -> orders.put(s.name(), IntStream.range(0, s.units()).toArray()));
    List<List<Double>> profiles = new ArrayList<>();
    new Profiles(model, eligible, orders, batch(3, 10), 2)
        .measure(() -> {})
        .byName()
        .forEach((name, losses) -> profiles.add(Arrays.stream(losses).boxed().toList()));
    return profiles;
  }

  /** The first unit of every structure within the blocks goes. */
  static List<Recipe.Group> groups(Model model) {
    List<Recipe.Group> groups = new ArrayList<>();
    for (CoupledStructure structure : Discovery.of(model.decoder())) {
      if (structure.kind() != CoupledStructure.Kind.LAYERS
          && structure.kind() != CoupledStructure.Kind.RESIDUAL
          && structure.units() > 1) {
        groups.add(new Recipe.Group(structure.name(), structure.units(), List.of(0)));
      }
    }
    return groups;
  }

  /** An adapter on all affine maps of the blocks, with dropout; to be closed by the caller. */
  static LoraAdapter adapter(Model model) {
    return LoraAdapter.fresh(
        model, new LoraSettings(4, 8, 0.1, LoraSettings.allProjections(model.decoder())), 5);
  }

  /** Trains an adapter for three steps of two micro-batches; the losses. */
  static List<Double> train(Model model, LoraAdapter adapter, boolean checkpointing) {
    List<Double> losses = new ArrayList<>();
    new Trainer(new Lora(model, adapter), settings(3, checkpointing), step -> batch(6, 10))
        .run(step -> losses.add(step.loss()));
    return losses;
  }

  static TrainingSettings settings(int steps, boolean checkpointing) {
    return new TrainingSettings(
        steps, 4, 1e-2, 0, Schedule.CONSTANT, 0, 0.9, 0.999, 1e-8, 1, checkpointing, 1);
  }

  /** Eight tokens that the model draws. */
  static List<Long> text(Model model) {
    return Arrays.stream(
            new Generator(model, new TokenSampling(0.7, 20, 0.9))
                .continuation(batch(1, 7).ids(), 8, Set.of(), 3, token -> {}))
        .boxed()
        .toList();
  }

  /** The same file with a header one byte longer, as one may be that is not padded. */
  static void shift(Path from, Path to) throws IOException {
    byte[] bytes = Files.readAllBytes(from);
    ByteBuffer whole = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) whole.getLong(0);
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8).stripTrailing() + " ";
    byte[] text = (header + " ".repeat(1 - header.length() % 2)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(8 + text.length + bytes.length - 8 - length)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(text.length).put(text).put(bytes, 8 + length, bytes.length - 8 - length);
    assertThat((8 + text.length) % 2).isEqualTo(1);
    Files.write(to, out.array());
  }
}
