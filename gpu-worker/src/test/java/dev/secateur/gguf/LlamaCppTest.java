package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.LlamaCpp;
import dev.secateur.LlamaCpp.Question;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.RandomCuts;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Slicer;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.GradMode;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GGUF files computed by llama.cpp. Runs where {@link LlamaCpp} is. */
class LlamaCppTest {
  private static final String TEXT = "The gardener's 2 trees grew 31 leaves,\n and no more!";

  @TempDir Path folder;

  private final List<Question> questions = new ArrayList<>();
  private final Map<Path, float[][]> expected = new HashMap<>();
  private final Map<Path, long[]> ids = new HashMap<>();

  /** Which units are removed. */
  private enum Cut {
    NOTHING,
    UNIFORM_BLOCK,
    UNEVEN_BLOCK,
    CHANNEL,
    LAYERS
  }

  @Test
  void llamaCppComputesTheSame() throws IOException {
    LlamaCpp llama = LlamaCpp.there();
    Path demo = DemoModel.extract(folder);
    for (Cut cut : Cut.values()) {
      ask(demo, cut, GgufType.F32);
    }
    for (String family :
        List.of(
            "llama-gqa-tied", "llama-bias", "llama3-rope", "llama-yarn", "mistral", "granite")) {
      ask(family(family), Cut.NOTHING, GgufType.F32);
      ask(family(family), Cut.UNIFORM_BLOCK, GgufType.F32);
    }
    ask(family("llama3-rope"), Cut.UNEVEN_BLOCK, GgufType.F32);
    ask(family("mistral"), Cut.UNEVEN_BLOCK, GgufType.F32);
    ask(family("qwen3"), Cut.UNIFORM_BLOCK, GgufType.F32);
    for (String family :
        List.of(
            "qwen2",
            "qwen3",
            "gemma2",
            "gemma3",
            "phi3",
            "phi4-mini",
            "phi3-longrope",
            "olmo2",
            "smollm3")) {
      ask(family(family), Cut.NOTHING, GgufType.F32);
    }
    ask(family("gemma2"), Cut.UNIFORM_BLOCK, GgufType.F32);
    ask(family("smollm3"), Cut.UNIFORM_BLOCK, GgufType.F32);
    check(llama, 2e-3);
  }

  @Test
  void smallerTypesAreAsNearAsTheyCanBe() throws IOException {
    LlamaCpp llama = LlamaCpp.there();
    Path demo = DemoModel.extract(folder);
    ask(demo, Cut.NOTHING, GgufType.F16);
    ask(demo, Cut.UNEVEN_BLOCK, GgufType.BF16);
    ask(demo, Cut.NOTHING, GgufType.Q8_0);
    check(llama, 0.3);
  }

  private Path family(String name) throws IOException {
    Path target = folder.resolve(name);
    if (!Files.exists(target)) {
      Files.createDirectories(target);
      for (String file : List.of("config.json", "model.safetensors")) {
        Files.copy(Fixtures.resource("families/" + name).resolve(file), target.resolve(file));
      }
      withoutWindow(name, target.resolve("config.json"));
      Files.writeString(target.resolve("tokenizer.json"), Bytewise.tokenizer(target).toString());
    }
    return target;
  }

  /** llama.cpp has no sliding window for Mistral. */
  private static void withoutWindow(String family, Path config) throws IOException {
    if (family.equals("mistral")) {
      ObjectMapper mapper = new ObjectMapper();
      ObjectNode json = (ObjectNode) mapper.readTree(config.toFile());
      Files.delete(config);
      Files.writeString(config, json.putNull("sliding_window").toString());
    }
  }

  /** Writes a checkpoint that was cut as GGUF, and notes what Secateur computes with it. */
  private void ask(Path source, Cut cut, GgufType type) throws IOException {
    String name = source.getFileName() + "-" + cut + "-" + type;
    Checkpoint checkpoint = Checkpoint.open(source);
    // llama.cpp takes the factors of long texts where the context is long, whatever the text.
    int length = source.endsWith("phi3-longrope") ? 40 : 6;
    long[] prompt = new Random(7).longs(length, 3, 100).toArray();
    Path pruned = folder.resolve(name);
    float[][] logits = new float[16][];
    long[] greedy = prompt;
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu());
        Model sliced = Slicer.slice(model, groups(model, cut));
        GradMode mode = GradMode.off()) {
      CheckpointWriter.write(sliced, checkpoint, WrittenTypes.all(ElementType.F32), pruned);
      for (int i = 0; i < logits.length; i++) {
        logits[i] = last(sliced, greedy);
        greedy =
            Stream.concat(boxed(greedy), Stream.of(best(logits[i]))).mapToLong(x -> x).toArray();
      }
    }
    Path file = folder.resolve(name + ".gguf");
    GgufExport.write(Checkpoint.open(pruned), type, file);
    boolean words = source.endsWith("demo");
    questions.add(new Question(file, prompt, words ? TEXT : ""));
    expected.put(file, logits);
    try (Tokenizer tokenizer = Tokenizer.open(pruned)) {
      ids.put(file, words ? tokenizer.encode(TEXT) : new long[0]);
    }
  }

  private static Stream<Long> boxed(long[] ids) {
    return Arrays.stream(ids).boxed();
  }

  private static float[] last(Model model, long[] ids) {
    try (NDManager scope = model.weights().manager().newSubManager()) {
      float[] all = model.logits(scope, Batch.causal(new long[][] {ids})).toFloatArray();
      int vocabulary = all.length / ids.length;
      return Arrays.copyOfRange(all, all.length - vocabulary, all.length);
    }
  }

  private static long best(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static List<Recipe.Group> groups(Model model, Cut cut) {
    int layers = model.decoder().layers();
    Eligible.Layers all = Eligible.Layers.both(0, layers);
    return switch (cut) {
      case NOTHING -> List.of();
      case UNIFORM_BLOCK -> RandomCuts.of(model, Strategy.BLOCK, all, "0.5");
      case UNEVEN_BLOCK ->
          RandomCuts.of(model, Strategy.BLOCK, Eligible.Layers.both(1, layers - 1), "0.5");
      case CHANNEL -> RandomCuts.of(model, Strategy.CHANNEL, all, "0.25");
      case LAYERS -> RandomCuts.of(model, Strategy.LAYER, all, "0.5");
    };
  }

  private void check(LlamaCpp llama, double tolerance) throws IOException {
    JsonNode answers = llama.answers(questions, folder);
    assertThat(answers).hasSameSizeAs(questions);
    for (JsonNode answer : answers) {
      Path file = Path.of(answer.path("file").asText());
      float[][] logits = expected.get(file);
      // llama.cpp takes GELU, which Gemma has, from a table in half precision.
      double nearness =
          file.getFileName().toString().startsWith("gemma") ? Math.max(tolerance, 1e-2) : tolerance;
      for (int i = 0; i < logits.length; i++) {
        double[] logs = logProbabilities(logits[i]);
        for (JsonNode entry : answer.path("probabilities").path(i)) {
          double probability = entry.path(1).asDouble();
          if (probability > 1e-3) {
            assertThat(Math.log(probability))
                .as("%s, token %d", file.getFileName(), i)
                .isCloseTo(logs[entry.path(0).asInt()], within(nearness));
          }
        }
        assertThat(answer.path("tokens").path(i).asLong())
            .as("%s, token %d", file.getFileName(), i)
            .isEqualTo(best(logits[i]));
      }
      List<Long> found = new ArrayList<>();
      answer.path("ids").forEach(id -> found.add(id.asLong()));
      assertThat(found).as("%s", file).containsExactlyElementsOf(boxed(ids.get(file)).toList());
    }
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

  /** A byte-level tokenizer for models that have none. */
  private static final class Bytewise {
    static ObjectNode tokenizer(Path checkpoint) throws IOException {
      ObjectMapper mapper = new ObjectMapper();
      int count =
          mapper.readTree(checkpoint.resolve("config.json").toFile()).path("vocab_size").asInt();
      ObjectNode tokenizer = mapper.createObjectNode().put("version", "1.0");
      tokenizer.putArray("added_tokens");
      for (String step : List.of("pre_tokenizer", "decoder")) {
        tokenizer
            .putObject(step)
            .put("type", "ByteLevel")
            .put("add_prefix_space", false)
            .put("trim_offsets", true);
      }
      ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
      ObjectNode vocabulary = model.putObject("vocab");
      for (int id = 0; id < count; id++) {
        vocabulary.put(Character.toString(id < 94 ? '!' + id : 0x100 + id - 94), id);
      }
      model.putArray("merges");
      return tokenizer;
    }
  }
}
