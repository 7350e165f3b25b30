package dev.secateur.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Residency;
import dev.secateur.evaluation.ChoiceQuestion.Request;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Precision;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.Kernels;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is measured of models that compute in bfloat16, and what they write. */
class Bfloat16ModelTest {
  private static final long[] TEXT = new Random(11).longs(12, 3, 128).toArray();

  @TempDir Path folder;

  private static Checkpoint checkpoint(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family));
  }

  private static double perplexity(Model of) {
    return Perplexity.of(of, new long[][] {TEXT, TEXT}, (done, all) -> {}).perplexity();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-mha",
        "llama-bias",
        "llama-gqa-tied",
        "llama-headdim",
        "llama3-rope",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "olmo2",
        "granite",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "gpt-oss",
        "phi3-longrope",
        "llama-yarn",
        "phi3",
        "bloom",
        "chatglm",
        "gpt-neox",
        "opt",
        "gpt2"
      })
  void everyFamilyStaysNearFloat32(String family) {
    try (Model wide = CheckpointReader.load(checkpoint(family), Device.cpu());
        Model narrow = wide.held(Precision.BFLOAT16)) {
      assertThat(perplexity(narrow))
          .isNotEqualTo(perplexity(wide))
          .isCloseTo(perplexity(wide), withinPercentage(2));
      try (CachedPass cached = new CachedPass(narrow);
          CachedPass expected = new CachedPass(wide)) {
        // Of Gemma 3 transformers is off by as much: 0.22 on the golden rows.
        float far = family.equals("gemma3") ? 0.5f : 0.25f;
        for (long token : TEXT) {
          assertThat(cached.append(token)).containsExactly(expected.append(token), within(far));
        }
      }
      long[] written =
          new Generator(narrow, new TokenSampling(1, 50, 0.95))
              .continuation(TEXT, 4, Set.of(), 7, token -> {});
      assertThat(written).hasSize(4);
    }
  }

  @Test
  void isMeasuredForSpeed() {
    try (Model wide = CheckpointReader.load(checkpoint("llama-mha"), Device.cpu());
        Model narrow = wide.held(Precision.BFLOAT16)) {
      LatencyProtocol protocol = new LatencyProtocol(2, 12, 3, 1, 2);
      Latency latency =
          Latency.measure(narrow, new long[][] {TEXT, TEXT}, protocol, (done, all) -> {});
      assertThat(latency.forward().count()).isEqualTo(2);
      assertThat(latency.token().median()).isPositive();
    }
  }

  @Test
  void logLikelihoodsOfTheDemoModelStayNearThoseOfFloat32() {
    Path demo = DemoModel.extract(folder);
    List<Request> requests =
        List.of(new Request("a dog is", " an animal"), new Request("a dog is", " a colour"));
    try (Model wide = CheckpointReader.load(Checkpoint.open(demo), Device.cpu());
        Model narrow = wide.held(Precision.BFLOAT16);
        Tokenizer tokenizer = Tokenizer.open(demo)) {
      double[] expected = logLikelihoods(wide, tokenizer, requests);
      double[] found = logLikelihoods(narrow, tokenizer, requests);
      assertThat(found).isNotEqualTo(expected).containsExactly(expected, within(0.2));
    }
  }

  private static double[] logLikelihoods(Model of, Tokenizer tokenizer, List<Request> requests) {
    return new LogLikelihoods(of, tokenizer, BeginToken.TOKENIZER, 64)
        .of(requests, (done, all) -> {})
        .values();
  }

  @Test
  void computesTheSameBitsHoweverItsWeightsAreKept() throws IOException {
    Path stored = Files.createDirectory(folder.resolve("stored"));
    try (Model wide = CheckpointReader.load(checkpoint("gemma2"), Device.cpu())) {
      CheckpointWriter.write(wide, ElementType.BF16, stored);
    }
    float[] first = null;
    for (Residency residency : Residency.values()) {
      try (Model base = CheckpointReader.open(Checkpoint.open(stored), Device.cpu(), residency);
          Model narrow = base.held(Precision.BFLOAT16);
          NDManager scope = NDManager.newBaseManager(Device.cpu())) {
        NDArray narrowLogits = narrow.logits(scope, Batch.causal(new long[][] {TEXT}));
        float[] logits = Kernels.get().float32(scope, narrowLogits).toFloatArray();
        first = first == null ? logits : first;
        assertThat(logits).as(residency.name()).isEqualTo(first);
      }
    }
  }
}
