package dev.secateur.pruning;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.UnitScores;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Fixtures of mixtures of experts, their scores and what is selected by them. */
final class ExpertModels {
  static Checkpoint checkpoint(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family));
  }

  static Model load(String family) {
    return CheckpointReader.load(checkpoint(family), Device.cpu());
  }

  static JsonNode expected(String family) {
    try {
      return Json.MAPPER.readTree(
          Fixtures.resource("experts/" + family + ".experts.json").toFile());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static SafetensorsFile arrays(String family) {
    return SafetensorsFile.open(Fixtures.resource("experts/" + family + ".experts.safetensors"));
  }

  static Batch batch(String family) {
    try (SafetensorsFile arrays = arrays(family)) {
      long[] ids = arrays.integers("input_ids");
      return Batch.causal(
          new long[][] {Arrays.copyOfRange(ids, 0, 12), Arrays.copyOfRange(ids, 12, 24)});
    }
  }

  static List<CoupledStructure> eligible(Decoder decoder, Strategy strategy) {
    return Eligible.of(Discovery.of(decoder), strategy, Eligible.Layers.both(0, decoder.layers()));
  }

  static Map<String, double[]> scores(
      Model model, Strategy strategy, Criterion criterion, Batch batch) {
    Map<String, double[]> scores = new HashMap<>();
    for (MemberScores of :
        Estimation.of(
            model,
            eligible(model.decoder(), strategy),
            criterion,
            Calibration.whole(batch),
            1,
            () -> {})) {
      scores.put(of.structure(), UnitScores.of(of.members(), Aggregation.SUM));
    }
    return scores;
  }

  static List<Recipe.Group> selected(
      Decoder decoder, Strategy strategy, Budget budget, Map<String, double[]> scores) {
    Selection selection =
        new Selection(
            decoder,
            eligible(decoder, strategy),
            strategy,
            Eligible.Layers.both(0, decoder.layers()),
            budget);
    selection.remove(1, scores);
    return selection.groups();
  }

  static float[] logits(Model model, Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, batch).toFloatArray();
    }
  }

  static double[] numbers(JsonNode list) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.get(i).asDouble();
    }
    return numbers;
  }

  static Model load(Path written) {
    return CheckpointReader.load(Checkpoint.open(written), Device.cpu());
  }

  private ExpertModels() {}
}
