package dev.secateur.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.EditedCheckpoint;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "llama3-rope",
        "mistral",
        "gemma2",
        "gemma3",
        "qwen3",
        "phi3",
        "phi4-mini",
        "phi3-longrope",
        "phi3-shortrope",
        "llama-yarn",
        "olmo2",
        "granite",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "gpt-oss",
        "bloom",
        "chatglm",
        "gpt-neox",
        "opt",
        "gpt2"
      })
  void theCacheGivesTheLogitsOfTheWholeText(String family) {
    Path folder = Fixtures.resource("families/" + family);
    try (Model model = CheckpointReader.load(Checkpoint.open(folder), Device.cpu());
        SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"));
        CachedPass pass = new CachedPass(model)) {
      long[] text = Arrays.copyOf(golden.integers("input_ids"), 12);
      pass.append(Arrays.copyOf(text, 7));
      for (int length = 8; length <= text.length; length++) {
        float[] cached = pass.append(text[length - 1]);
        float[] whole = last(model, Arrays.copyOf(text, length));
        assertThat(cached).as("%d tokens", length).containsExactly(whole, within(2e-5f));
      }
    }
  }

  private static float[] last(Model model, long[] text) {
    try (NDManager scope = model.weights().manager().newSubManager()) {
      float[] all = model.logits(scope, Batch.causal(new long[][] {text})).toFloatArray();
      int vocabulary = all.length / text.length;
      return Arrays.copyOfRange(all, all.length - vocabulary, all.length);
    }
  }

  @Test
  void theSameSeedGivesTheSameText() {
    Path folder = Fixtures.resource("families/llama-mha");
    try (Model model = CheckpointReader.load(Checkpoint.open(folder), Device.cpu())) {
      Generator generator = new Generator(model, new TokenSampling(1, 50, 0.95));
      long[] prompt = {1, 5, 9};
      long[] first = generator.continuation(prompt, 20, Set.of(), 7, token -> {});
      assertThat(first).hasSize(20);
      assertThat(generator.continuation(prompt, 20, Set.of(), 7, token -> {})).isEqualTo(first);
      assertThat(generator.continuation(prompt, 20, Set.of(), 8, token -> {})).isNotEqualTo(first);
      assertThat(generator.continuation(prompt, 20, Set.of(first[3]), 7, token -> {}))
          .hasSizeLessThan(20);
    }
  }

  @Test
  void stopsAtWhicheverOfSeveralEndsComesFirst() {
    Path folder = Fixtures.resource("families/llama-mha");
    try (Model model = CheckpointReader.load(Checkpoint.open(folder), Device.cpu())) {
      Generator generator = new Generator(model, new TokenSampling(1, 50, 0.95));
      long[] prompt = {1, 5, 9};
      long[] whole = generator.continuation(prompt, 20, Set.of(), 7, token -> {});
      Set<Long> ends = Set.of(whole[9], whole[2], -1L);
      int first = 0;
      while (!ends.contains(whole[first])) {
        first++;
      }
      assertThat(generator.continuation(prompt, 20, ends, 7, token -> {}))
          .isEqualTo(Arrays.copyOf(whole, first));
    }
  }

  @Test
  void drawsOnlyFromTheMostProbable() {
    float[] logits = {0, 3, 2, 1, -5};
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      assertThat(new TokenSampling(1, 2, 1).draw(logits, random)).isIn(1, 2);
      assertThat(new TokenSampling(1, 0, 0.5).draw(logits, random)).isEqualTo(1);
      assertThat(new TokenSampling(0, 0, 1).draw(logits, random)).isEqualTo(1);
    }
  }

  @Test
  void measuresRepetition() {
    assertThat(Repetition.of(new long[] {1, 2, 3, 4, 5}).repeated4()).isZero();
    Repetition looping = Repetition.of(new long[] {1, 2, 1, 2, 1, 2, 1, 2, 1, 2});
    assertThat(looping.distinct1()).isEqualTo(0.2);
    assertThat(looping.repeated4()).isGreaterThan(0.7);
  }

  private static final String NEOX_LONGROPE =
      """
      {"rope_type": "longrope", "partial_rotary_factor": 0.25, "short_factor": [1],
       "long_factor": [4], "original_max_position_embeddings": 8}""";

  private static final String GEMMA_LONGROPE =
      """
      {"full_attention": {"rope_type": "default"},
       "sliding_attention": {"rope_type": "longrope", "short_factor": [1, 1, 1, 1, 1, 1],
       "long_factor": [4, 4, 4, 4, 4, 4], "original_max_position_embeddings": 8}}""";

  static Stream<Arguments> longTexts() {
    return Stream.of(
        Arguments.of("gpt-neox", NEOX_LONGROPE), Arguments.of("gemma3", GEMMA_LONGROPE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("longTexts")
  void theCacheIsMadeAnewWhereATextOutgrowsThePositionsOfSomeLayers(String family, String rope) {
    Path edited =
        EditedCheckpoint.of(family, folder)
            .config(config -> config.set("rope_parameters", json(rope)))
            .folder();
    try (Model model = CheckpointReader.load(Checkpoint.open(edited), Device.cpu());
        CachedPass pass = new CachedPass(model)) {
      long[] text = {1, 5, 9, 30, 77, 12, 60, 3, 44, 21, 8};
      pass.append(Arrays.copyOf(text, 6));
      for (int length = 7; length <= text.length; length++) {
        assertThat(pass.append(text[length - 1]))
            .as("%d tokens", length)
            .containsExactly(last(model, Arrays.copyOf(text, length)), within(2e-5f));
      }
    }
  }

  private static JsonNode json(String text) {
    try {
      return Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
