package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints of random weights, of the shape that a config gives. */
class RandomCheckpointTest {
  private static final long ONE_FILE = Long.MAX_VALUE;
  private static final String EMBEDDING = "model.embed_tokens.weight";

  @TempDir Path folder;

  private static ModelConfig family(String name) {
    return ModelConfig.read(Fixtures.resource("families/" + name + "/config.json"));
  }

  /** A LLaMA whose embedding is written in several pieces, by several threads. */
  private static ObjectNode llama() {
    ObjectNode config = Json.MAPPER.createObjectNode();
    config.put("model_type", "llama").put("torch_dtype", "float32").put("rms_norm_eps", 1e-6);
    config.put("hidden_size", 64).put("intermediate_size", 96).put("num_attention_heads", 4);
    return config.put("num_hidden_layers", 2).put("vocab_size", 20_000);
  }

  private RandomCheckpoint.Written write(String name, ObjectNode config, long seed, long most)
      throws IOException {
    return new RandomCheckpoint(
            ModelConfig.of(Path.of("config.json"), config), ElementType.BF16, seed)
        .write(folder.resolve(name), most, Optional.empty(), bytes -> {});
  }

  private Map<String, byte[]> tensors(String name) throws IOException {
    Map<String, byte[]> all = new LinkedHashMap<>();
    try (var files = Files.list(folder.resolve(name))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".safetensors")).toList()) {
        CheckpointTensors tensors = CheckpointTensors.read(file);
        tensors.names().forEach(tensor -> all.put(tensor, tensors.bytes(tensor)));
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-gqa-tied", "llama-bias", "gpt2", "bloom", "gemma2", "gemma3", "chatglm"})
  void opensAndKnowsAsMuchAsAModelBeforeItsTraining(String family) throws IOException {
    ModelConfig config = family(family);
    Path out = folder.resolve("out");
    new RandomCheckpoint(config, ElementType.F32, 1)
        .write(out, 60_000, Optional.empty(), bytes -> {});
    Checkpoint checkpoint = Checkpoint.open(out);
    assertThat(tensors("out").keySet())
        .containsExactlyInAnyOrderElementsOf(
            checkpoint.decoder().parameters().stream().map(ParameterShape::name).toList());
    int vocabulary = config.size("vocab_size");
    long[][] windows = {new Random(1).longs(64, 0, 100).toArray()};
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu())) {
      double perplexity = Perplexity.of(model, windows, (done, all) -> {}).perplexity();
      assertThat(Math.log(perplexity)).isCloseTo(Math.log(vocabulary), within(0.5));
    }
  }

  @Test
  void shardsChangeNoTensor() throws IOException {
    RandomCheckpoint.Written one = write("one", llama(), 7, ONE_FILE);
    RandomCheckpoint.Written many = write("many", llama(), 7, 50_000);
    assertThat(one.shards()).isEqualTo(1);
    assertThat(many.shards()).isGreaterThan(3);
    assertThat(folder.resolve("one")).isDirectoryContaining("glob:**/model.safetensors");
    assertThat(folder.resolve("many"))
        .isDirectoryContaining("glob:**/model-00002-of-*.safetensors")
        .isDirectoryContaining("glob:**/model.safetensors.index.json");
    Map<String, byte[]> tensors = tensors("one");
    assertThat(tensors("many")).containsExactlyInAnyOrderEntriesOf(tensors);
    long bytes = tensors.values().stream().mapToLong(tensor -> tensor.length).sum();
    assertThat(one.bytes()).isEqualTo(many.bytes()).isEqualTo(bytes);
    assertThat(one.parameters()).isEqualTo(bytes / 2);
    assertThat(one.tensors()).isEqualTo(many.tensors()).isEqualTo(tensors.size());
    assertThat(
            Json.MAPPER
                .readTree(folder.resolve("many/model.safetensors.index.json").toFile())
                .at("/metadata/total_size")
                .asLong())
        .isEqualTo(bytes);
  }

  @Test
  void theSeedDecides() throws IOException {
    write("one", llama(), 1, ONE_FILE);
    write("same", llama(), 1, ONE_FILE);
    write("other", llama(), 2, ONE_FILE);
    assertThat(tensors("same").get(EMBEDDING)).isEqualTo(tensors("one").get(EMBEDDING));
    assertThat(tensors("other").get(EMBEDDING)).isNotEqualTo(tensors("one").get(EMBEDDING));
  }

  /** The numbers are those of a few lines of Python. */
  @Test
  void anElementFollowsFromSeedNameAndPosition() {
    RandomWeights weights =
        RandomWeights.of(ParameterShape.of("lm_head.weight", 2, 2), 42, ElementType.F32);
    float[] elements = {weights.at(0), weights.at(1), weights.at(1L << 40)};
    assertThat(elements).containsExactly(-0.0143377315f, -0.00985273067f, -0.0248696879f);
  }

  @Test
  void matricesAreNearlyNormalNormsOneAndBiasesZero() {
    RandomWeights matrix =
        RandomWeights.of(ParameterShape.of(EMBEDDING, 1000, 100), 3, ElementType.F32);
    double[] elements = LongStream.range(0, 100_000).mapToDouble(matrix::at).toArray();
    double mean = DoubleStream.of(elements).average().orElseThrow();
    double square = DoubleStream.of(elements).map(x -> x * x).average().orElseThrow();
    double fourth = DoubleStream.of(elements).map(x -> x * x * x * x).average().orElseThrow();
    double next = 0;
    for (int i = 1; i < elements.length; i++) {
      next += elements[i] * elements[i - 1] / elements.length;
    }
    assertThat(mean).isCloseTo(0, within(3e-4));
    assertThat(Math.sqrt(square)).isCloseTo(0.02, within(2e-4));
    assertThat(fourth / square / square).isCloseTo(2.7, within(0.05)); // of a normal one: 3
    assertThat(next / square).isCloseTo(0, within(0.015));
    assertThat(
            RandomWeights.of(ParameterShape.of("model.norm.weight", 64), 3, ElementType.F16).at(5))
        .isEqualTo(1);
    assertThat(RandomWeights.of(ParameterShape.of("ln_f.bias", 64), 3, ElementType.F16).at(5))
        .isZero();
  }

  @Test
  void theConfigSaysWhatIsWritten() throws IOException {
    write("out", llama(), 1, ONE_FILE);
    ModelConfig written = ModelConfig.read(folder.resolve("out/config.json"));
    assertThat(written.text("dtype")).contains("bfloat16");
    assertThat(written.json().has("torch_dtype")).isFalse();
    assertThat(written.size("vocab_size")).isEqualTo(20_000);
  }

  @Test
  void filesOfATokenizerGoAlong() throws IOException {
    Path tokenizer = Files.createDirectory(folder.resolve("tokenizer"));
    Files.writeString(tokenizer.resolve("tokenizer.json"), "{}");
    Files.writeString(tokenizer.resolve("config.json"), "{}");
    new RandomCheckpoint(family("mistral"), ElementType.F16, 1)
        .write(folder.resolve("out"), ONE_FILE, Optional.of(tokenizer), bytes -> {});
    assertThat(folder.resolve("out/tokenizer.json")).hasContent("{}");
    assertThat(ModelConfig.read(folder.resolve("out/config.json")).text("model_type"))
        .contains("mistral");
  }

  @Test
  void progressEndsWithAllBytes() throws IOException {
    List<Long> told = new ArrayList<>();
    RandomCheckpoint checkpoint = new RandomCheckpoint(family("opt"), ElementType.F32, 1);
    checkpoint.write(folder.resolve("out"), 10_000, Optional.empty(), told::add);
    assertThat(told).isSorted().last().isEqualTo(checkpoint.bytes());
  }

  @Test
  void aDiskWithTooLittleRoomIsToldBeforeAnythingIsWritten() {
    ObjectNode huge = llama().put("hidden_size", 1 << 20).put("intermediate_size", 1 << 20);
    huge.put("num_hidden_layers", 4096);
    assertThatThrownBy(() -> write("out", huge, 1, ONE_FILE))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("out: needs 58720350.19")
        .hasMessageContaining(" GiB, but only ")
        .hasMessageContaining(" GiB are free on its disk");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatTheConfigDoesNotAllowIsRefusedByName() {
    assertThatThrownBy(() -> write("out", llama().put("num_experts", 8), 1, ONE_FILE))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("config.json: 'num_experts' requires a mixture of experts");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatIsThereStays() throws IOException {
    Path kept = Files.createDirectories(folder.resolve("out")).resolve("kept");
    Files.writeString(kept, "mine");
    assertThatThrownBy(() -> write("out", llama(), 1, ONE_FILE))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("already exists");
    assertThat(kept).hasContent("mine");
  }
}
