package dev.secateur.memory;

import static dev.secateur.checkpoint.Residency.FLOAT32;
import static dev.secateur.checkpoint.Residency.STORED;
import static dev.secateur.checkpoint.Residency.STREAMED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Residency;
import dev.secateur.json.Json;
import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryModelTest {
  /** D 8, MLP 12, V 10: 560 parameters a block, 80 the embedding, 88 the head. */
  static final String TINY =
      """
      {"model_type": "llama", "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
       "num_attention_heads": 2, "vocab_size": 10}""";

  private static final String LLAMA_7B =
      """
      {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
       "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}""";

  private final Decoder tiny = decoder(TINY);

  static Decoder decoder(String config) {
    try {
      return Families.of(ModelConfig.of(Path.of("config"), Json.MAPPER.readTree(config)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Work gradients(int samples, int tokens, boolean second) {
    return new Work.Gradients(samples, tokens, second, false, Activations.AUTO);
  }

  private static Work adapter(int batch, int microBatch, int cutoff, int rank) {
    return new Work.Adapter(batch, microBatch, cutoff, rank, true, false, Precision.FLOAT32);
  }

  private long bytes(Work work, Residency residency) {
    return MemoryModel.of(tiny).need(work, residency);
  }

  @Test
  void countsWhatEachSubmoduleComputesOfASequence() {
    assertThat(Costs.of(tiny, 5).passSizes())
        .containsExactly(
            new PassSizes(5 * 8, 0, 5 * 8, 5 * 8),
            new PassSizes(5 * (13 * 8 + 4 * 12), 5 * 4 * 8, 5 * 12, 5 * 8),
            new PassSizes(5 * (13 * 8 + 4 * 12), 5 * 4 * 8, 5 * 12, 5 * 8),
            new PassSizes(5 * (8 + 10), 5 * 8, 5 * 10, 5 * 10));
  }

  @Test
  void gradientsTakeABlockItsActivationsAndWhatGoesIntoTheBlocksBelow() {
    long block = 4 * 560;
    long stream = 4 * 3 * 5 * 8;
    long activations = 4 * 3 * 5 * (152 + 32);
    long temporaries = 4 * 3 * 5 * 3 * 12;
    assertThat(temporaries + 4 * 8 * 12).isGreaterThan(block);
    assertThat(bytes(gradients(3, 5, false), STREAMED))
        .isEqualTo(block + 2 * stream + stream + activations + temporaries + 4 * 8 * 12);
  }

  @Test
  void theSecondOrderTakesThreeGradientsAndOneSamplesActivations() {
    long block = 4 * 560;
    long stream = 4 * 3 * 5 * 8;
    long activations = 4 * 5 * (152 + 32);
    assertThat(bytes(gradients(3, 5, true), STREAMED))
        .isEqualTo(block + 2 * stream + stream + activations + 3 * block);
  }

  @Test
  void residentWeightsHaveFewActivationsKept() {
    long kept = 4 * 3 * 5 * (8 + 2 * (152 + 32));
    long temporaries = 4 * 3 * 5 * 3 * 12;
    long stream = 4 * 3 * 5 * 8;
    assertThat(bytes(gradients(3, 5, false), FLOAT32))
        .isEqualTo(
            4 * 1288 + kept + Math.max(stream + temporaries + 4 * 8 * 12, 2 * stream + 12 * 280));
  }

  @Test
  void magnitudesTakeASubmoduleAndTwiceItsLargestMatrix() {
    Work work = new Work.Magnitudes(false);
    assertThat(bytes(work, STREAMED)).isEqualTo(4 * 560 + 2 * 4 * 96);
    assertThat(bytes(work, STORED)).isEqualTo(2 * 1288 + 4 * 560 + 2 * 4 * 96);
    assertThat(bytes(work, FLOAT32)).isEqualTo(4 * 1288 + 2 * 4 * 96);
  }

  @Test
  void anExportTakesWhatIsCutOutOfAParameterAndItsCopies() {
    assertThat(bytes(new Work.Export(false, false), STREAMED)).isEqualTo(2 * 96);
    assertThat(bytes(new Work.Export(false, true), STREAMED)).isEqualTo(2 * 96 + 8 * 96 + 2 * 96);
    assertThat(bytes(new Work.Export(false, false), FLOAT32))
        .isEqualTo(2 * 4 * 1288 + 4 * 96 + 2 * 96);
  }

  @Test
  void perplexityHoldsTheStreamsOfAllWindowsWhereWeightsAreSubmoduleed() {
    Work work = new Work.Windows(20, 5);
    long stream = 4 * 8 * 5 * 8;
    long results = 4 * 8 * 5 * 152;
    assertThat(bytes(work, STREAMED)).isEqualTo(4 * 560 + 3 * stream + results);
    assertThat(bytes(work, FLOAT32)).isEqualTo(4 * 1288 + stream + results);
  }

  @Test
  void aTrainingFromRandomWeightsTakesAGradientAndTwoMomentsOfEach() {
    long all = 4 * 1288;
    long results = 4 * 2 * (40 + 2 * 5 * 152 + 5 * 18);
    long saved = 4 * 2 * (2 * 5 * 32 + 5 * 8);
    long loss = 4 * 2 * 3 * 50;
    assertThat(results + all).isGreaterThan(results + saved + loss);
    Work severalMicroBatches = new Work.Training(4, 2, 5, false, false);
    assertThat(bytes(severalMicroBatches, FLOAT32)).isEqualTo(3 * all + all + all + results);
    Work one = new Work.Training(2, 2, 5, false, false);
    assertThat(bytes(one, FLOAT32)).isEqualTo(3 * all + all + results);
    Work validated = new Work.Training(2, 2, 5, false, true);
    assertThat(bytes(validated, STREAMED)).isEqualTo(bytes(one, FLOAT32) + all);
  }

  @Test
  void aTrainingWithCheckpointingTakesASubmodulesActivations() {
    long all = 4 * 1288;
    long stream = 4 * 2 * 40;
    long block = 4L * 2 * 5 * (152 + 32) + Math.max(4 * 2 * 3 * 60, 4 * 560L);
    assertThat(bytes(new Work.Training(4, 2, 5, true, false), FLOAT32))
        .isEqualTo(3 * all + all + 3 * stream + block);
  }

  @Test
  void rowsThatAreAllComputedAtOnceTakeASubmoduleAndItsResults() {
    long block = 4 * 560;
    long stream = 4 * 3 * 40;
    assertThat(bytes(new Work.Rows(3, 5), STREAMED)).isEqualTo(block + stream + 4 * 3 * 5 * 152);
    assertThat(bytes(new Work.Rows(3, 5), FLOAT32)).isEqualTo(4 * 1288 + stream + 4 * 3 * 5 * 152);
  }

  @Test
  void theStreamsOfWindowsStayBelowTheirLimit() {
    long many = bytes(new Work.Windows(Integer.MAX_VALUE, 5), STREAMED);
    assertThat(many).isBetween(1L << 30, (1L << 30) + 100_000);
  }

  @Test
  void weightsThatAreStoredInFloat32NeedNoCopyToComputeWith() {
    Map<String, ElementType> types =
        tiny.parameters().stream()
            .collect(Collectors.toMap(ParameterShape::name, p -> ElementType.F32));
    MemoryModel model = new MemoryModel(tiny, types);
    assertThat(model.sizes()).isEqualTo(new Residency.Sizes(4 * 1288, 4 * 1288));
    assertThat(model.need(new Work.Magnitudes(false), STORED))
        .isEqualTo(model.need(new Work.Magnitudes(false), FLOAT32));
  }

  @Test
  void shapesAloneNeedNothingOfTheDevice() {
    for (Residency residency : Residency.values()) {
      assertThat(bytes(new Work.Shapes(), residency)).isZero();
    }
  }

  @Test
  void theHostHoldsWhatIsKnownOfUnits() {
    long channels = 32L * (11008 + 32) + 4096 + 32; // heads, MLP channels, the residual's, blocks
    assertThat(MemoryModel.of(decoder(LLAMA_7B)).host())
        .isEqualTo(MemoryModel.PROCESS_BYTES + 160 * channels);
  }

  @ParameterizedTest
  @EnumSource(Residency.class)
  void moreOfAnythingNeedsMore(Residency residency) {
    assertThat(bytes(gradients(4, 5, false), residency))
        .isGreaterThan(bytes(gradients(3, 5, false), residency));
    assertThat(bytes(gradients(3, 6, true), residency))
        .isGreaterThan(bytes(gradients(3, 5, true), residency));
    assertThat(bytes(new Work.Windows(8, 9), residency))
        .isGreaterThan(bytes(new Work.Windows(8, 8), residency));
    assertThat(bytes(new Work.Text(8, 9), residency))
        .isGreaterThan(bytes(new Work.Text(8, 8), residency));
    assertThat(bytes(adapter(8, 4, 8, 2), residency))
        .isGreaterThan(bytes(adapter(8, 2, 8, 2), residency));
    assertThat(bytes(adapter(8, 2, 9, 2), residency))
        .isGreaterThan(bytes(adapter(8, 2, 8, 2), residency));
    assertThat(bytes(adapter(8, 2, 8, 3), residency))
        .isGreaterThan(bytes(adapter(8, 2, 8, 2), residency));
  }

  @Test
  void readingSubmoduleBySubmoduleNeverNeedsMoreThanHoldingWhatIsStored() {
    for (Work work : works()) {
      assertThat(bytes(work, STREAMED)).as("%s", work).isLessThanOrEqualTo(bytes(work, STORED));
    }
  }

  private static List<Work> works() {
    return List.of(
        gradients(10, 64, false),
        gradients(10, 64, true),
        new Work.Gradients(10, 64, false, true, Activations.AUTO),
        new Work.Magnitudes(false),
        new Work.Inputs(10, 64),
        new Work.Influence(10, 64),
        new Work.Windows(100, 128),
        new Work.Questions(Long.MAX_VALUE),
        adapter(64, 4, 256, 8),
        new Work.Adapter(64, 4, 256, 8, true, true, Precision.FLOAT32),
        new Work.Export(false, false),
        new Work.Export(false, true),
        new Work.Text(64, 64),
        new Work.OutputErrors(128, 128),
        new Work.Profile(128, 128));
  }

  /** In MiB, of LLaMA-7B. */
  @ParameterizedTest
  @CsvSource({
    "0, 27084, 15004, 2151", // first order
    "1, 28378, 16298, 3445", // second order
    "2, 27084, 15004, 2151", // first order, channels
    "3, 26049, 13968, 1116", // magnitudes
    "4, 26049, 13968, 1116", // wanda
    "5, 26022, 13942, 1089", // influence
    "6, 26101, 14212, 1360", // perplexity
    "7, 26497, 15408, 2556", // accuracy
    "8, 46340, 23124, 10272", // recovery
    "9, 27285, 23124, 10272", // checkpointing
    "10, 51668, 12938, 86", // export
    "11, 52012, 13368, 516", // merged
    "12, 25857, 13777, 924", // generation
    "13, 27575, 15323, 2470", // obs, 16,384 tokens
    "14, 29570, 17489, 4637" // profile
  })
  void saysOfLlama7bWhatEachStageNeeds(int work, long float32, long stored, long streamed) {
    MemoryModel model = MemoryModel.of(decoder(LLAMA_7B));
    assertThat(
            List.of(FLOAT32, STORED, STREAMED).stream()
                .map(residency -> model.need(works().get(work), residency) >> 20))
        .containsExactly(float32, stored, streamed);
  }

  /** The ninth token computes all of them anew ({@link Decoder#sameUpTo}). */
  @ParameterizedTest
  @EnumSource(Residency.class)
  void aTextThatOutgrowsItsPositionsIsComputedAnewAtOnce(Residency residency) {
    MemoryModel model =
        MemoryModel.of(
            decoder(
                """
                {"model_type": "phi3", "hidden_size": 8, "intermediate_size": 12,
                 "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 10,
                 "max_position_embeddings": 128, "original_max_position_embeddings": 8,
                 "rope_scaling": {"type": "longrope", "short_factor": [1, 1],
                 "long_factor": [1, 2]}}"""));
    assertThat(model.need(new Work.Text(4, 20), residency))
        .isEqualTo(model.need(new Work.Text(9, 15), residency))
        .isLessThan(model.need(new Work.Text(10, 14), residency));
    assertThat(model.need(new Work.Text(4, 4), residency))
        .isLessThan(model.need(new Work.Text(5, 3), residency));
  }
}
