package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.LlamaCpp;
import dev.secateur.LlamaCpp.Question;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.pruning.Slicer;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/** What Secateur and llama.cpp compute with GGUF files. */
final class Comparison {
  private static final int STEPS = 16;

  private final Path folder;
  private final Map<Path, Expected> expected = new LinkedHashMap<>();

  private record Expected(Question question, float[][] logits, double tolerance) {}

  Comparison(Path folder) {
    this.folder = folder;
  }

  /**
   * Cuts a checkpoint and writes it as GGUF.
   *
   * @return what it went into
   * @throws dev.secateur.protocol.InputException when llama.cpp computes no such model
   */
  Path add(Path source, Cut cut, GgufType type, double tolerance) throws IOException {
    String name = source.getFileName() + "-" + cut + "-" + type;
    Checkpoint checkpoint = Checkpoint.open(source);
    // llama.cpp takes the factors of long texts where the context is long, whatever the text.
    int length = source.endsWith("phi3-longrope") ? 40 : 6;
    long[] prompt = new Random(7).longs(length, 3, 100).toArray();
    Path pruned = folder.resolve(name);
    Path file = folder.resolve(name + ".gguf");
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu());
        Model sliced = Slicer.slice(model, cut.of(model.decoder()));
        GradMode mode = GradMode.off()) {
      CheckpointWriter.write(sliced, checkpoint, WrittenTypes.all(ElementType.F32), pruned);
      GgufExport.write(Checkpoint.open(pruned), type, file);
      float[][] logits = new float[STEPS][];
      long[] greedy = prompt;
      for (int i = 0; i < STEPS; i++) {
        logits[i] = last(sliced, greedy);
        greedy = LongStream.concat(LongStream.of(greedy), LongStream.of(best(logits[i]))).toArray();
      }
      expected.put(file, new Expected(new Question(file, prompt, List.of()), logits, tolerance));
    }
    return file;
  }

  private static float[] last(Model model, long[] ids) {
    try (NDManager scope = model.weights().manager().newSubManager()) {
      float[] all = model.logits(scope, Batch.causal(new long[][] {ids})).toFloatArray();
      int vocabulary = all.length / ids.length;
      return Arrays.copyOfRange(all, all.length - vocabulary, all.length);
    }
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  /** Has llama.cpp compute all files; fails with the first that it computes otherwise. */
  void check(LlamaCpp llama) throws IOException {
    List<Question> questions = expected.values().stream().map(Expected::question).toList();
    JsonNode answers = llama.answers(questions, folder);
    assertThat(answers).hasSameSizeAs(questions);
    List<String> wrong = new ArrayList<>();
    for (JsonNode answer : answers) {
      Path file = Path.of(answer.path("file").asText());
      String problem = problem(expected.get(file), answer);
      if (!problem.isEmpty()) {
        wrong.add(file.getFileName() + ": " + problem);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static String problem(Expected expected, JsonNode answer) {
    if (answer.has("error")) {
      return answer.path("error").asText();
    }
    for (int i = 0; i < STEPS; i++) {
      double[] logs = logProbabilities(expected.logits()[i]);
      for (JsonNode entry : answer.path("probabilities").path(i)) {
        double probability = entry.path(1).asDouble();
        double difference = Math.log(probability) - logs[entry.path(0).asInt()];
        if (probability > 1e-3 && !(Math.abs(difference) < expected.tolerance())) {
          return "log-probability at token %d is off by %.2g".formatted(i, difference);
        }
      }
      long token = answer.path("tokens").path(i).asLong();
      if (token != best(expected.logits()[i])) {
        return "token %d is %d, not %d".formatted(i, token, best(expected.logits()[i]));
      }
    }
    return "";
  }

  private static double[] logProbabilities(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - most);
    }
    double[] logs = new double[logits.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = logits[i] - most - Math.log(sum);
    }
    return logs;
  }
}
