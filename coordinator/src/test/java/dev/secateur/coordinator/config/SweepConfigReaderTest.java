package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Recovery;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepConfigReaderTest {
  private static SweepConfig read(String text) {
    return SweepConfigReader.read(text, "sweep.conf", new FakeSources("/models"));
  }

  @Test
  void readsAGridAndFillsInDefaults() {
    SweepConfig sweep =
        read("models = [a, b]\nratios = [0.10, 0.5]\ncriteria = [l2, taylor-mixed]");
    assertThat(sweep.models()).containsExactly("a", "b");
    assertThat(sweep.ratios()).containsExactly(new BigDecimal("0.1"), new BigDecimal("0.5"));
    assertThat(sweep.criteria()).containsExactly(Criterion.L2, Criterion.TAYLOR_MIXED);
    assertThat(sweep.strategies()).containsExactly(Strategy.BLOCK);
    assertThat(sweep.aggregations()).containsExactly(Aggregation.SUM);
    assertThat(sweep.calibration())
        .isEqualTo(
            new SweepConfig.Calibration(
                new Samples(
                    new TextRef("wordnet", "hash-of-wordnet"),
                    Sampling.ROWS,
                    10,
                    64,
                    42,
                    false,
                    Activations.AUTO),
                1));
    assertThat(sweep.evaluation().window()).isEqualTo(128);
    assertThat(sweep.evaluation().beginToken()).isEqualTo(BeginToken.TOKENIZER);
    assertThat(sweep.evaluation().perplexityBegin()).isEqualTo(PerplexityBegin.START);
    assertThat(sweep.recovery()).isEmpty();
    assertThat(sweep.attempts()).isEqualTo(3);
  }

  @Test
  void readsWhatAModelIsAskedForAndWhatIsRecovered() {
    SweepConfig sweep =
        read(
            """
            models = [a], ratios = [0.5], seed = 7
            recovery {
              data = alpaca.json, epochs = 3, train-on-inputs = true, schedule = cosine
              targets = [q_proj], validation { rows = 50, every = 10, patience = 4 }
              when { perplexity = 40, top = 3 }, scratch { learning-rate = 0.002 }
            }
            evaluation {
              begin-token = never, perplexity-begin = window
              generate { prompts = ["Once upon"], max-tokens = 12 }
              latency { batch = 4, length = 32 }
              choice-tasks = [{
                name = capitals, file = capitals.jsonl, template = "{country}:"
                choices = ["{a}", "{b}"], answer = right
              }]
            }
            """);
    Recovery.On recovery = sweep.recovery().orElseThrow();
    assertThat(recovery.tuning().budget().stepsFor(100)).isEqualTo(5); // 3 * 100 / 64
    assertThat(recovery.tuning().validation()).isEqualTo(new Tuning.EarlyStopping(50, 10, 4));
    assertThat(recovery.when()).isEqualTo(new RecoveryBound(40, 3));
    assertThat(recovery.method())
        .isEqualTo(new Recovery.LoraAndScratch(new Recovery.Scratch(0.002, 0.1)));
    assertThat(sweep.evaluation().beginToken()).isEqualTo(BeginToken.NEVER);
    assertThat(sweep.evaluation().perplexityBegin()).isEqualTo(PerplexityBegin.WINDOW);
    assertThat(sweep.evaluation().texts().generation())
        .hasValue(new Generation(List.of("Once upon"), 12, 1, 50, 0.95, 7));
    assertThat(sweep.evaluation().speed().protocol())
        .hasValue(new LatencyProtocol(4, 32, 32, 3, 10));
    assertThat(sweep.evaluation().choiceTasks())
        .containsExactly(
            new ChoiceTask(
                "capitals",
                new TextRef("capitals.jsonl", "hash-of-capitals.jsonl"),
                "{country}:",
                List.of("{a}", "{b}"),
                "right",
                false));
  }

  @Test
  void computesInFloat32UnlessAskedOtherwise() {
    String grid = "models = [a], ratios = [0.5]";
    assertThat(read(grid).compute()).isEqualTo(Precision.FLOAT32);
    assertThat(read(grid).evaluation().precision()).isEqualTo(Precision.FLOAT32);
    SweepConfig narrow = read(grid + ", compute = bfloat16");
    assertThat(narrow.compute()).isEqualTo(Precision.BFLOAT16);
    assertThat(narrow.evaluation().precision()).isEqualTo(Precision.BFLOAT16);
    assertThatThrownBy(() -> read(grid + "\ncompute = float16"))
        .hasMessageContaining("sweep.conf:2: 'compute'")
        .hasMessageContaining("'float16'")
        .hasMessageContaining("float32, bfloat16");
  }

  @Test
  void namesEveryMistakeAtOnceWithFileLineAndKey() {
    String text =
        String.join(
            "\n",
            "models = [missing]",
            "startegies = [block]",
            "ratios = [0.25, 1.5, 0.25]",
            "criteria = [taylor-elemnt1]",
            "calibration { samples = many, length = 0 }",
            "seed = 1");
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(InputException.class)
        .extracting(Throwable::getMessage)
        .satisfies(
            message ->
                assertThat(message.lines())
                    .satisfiesExactlyInAnyOrder(
                        line ->
                            assertThat(line)
                                .startsWith("sweep.conf:1: 'models[0]'")
                                .contains("no such file"),
                        line ->
                            assertThat(line)
                                .startsWith("sweep.conf:2: unknown key 'startegies'")
                                .endsWith("did you mean 'strategies'?"),
                        line ->
                            assertThat(line)
                                .startsWith("sweep.conf:3: 'ratios[1]' is 1.5")
                                .contains("between 0 and 1"),
                        line -> assertThat(line).startsWith("sweep.conf:3: 'ratios[2]' repeats"),
                        line ->
                            assertThat(line)
                                .startsWith("sweep.conf:4: 'criteria[0]' is 'taylor-elemnt1'")
                                .contains("allowed are taylor-vector, taylor-element1")
                                .endsWith("did you mean 'taylor-element1'?"),
                        line ->
                            assertThat(line)
                                .startsWith("sweep.conf:5: 'calibration.samples' is")
                                .contains("not a number"),
                        line ->
                            assertThat(line)
                                .startsWith("sweep.conf:5: 'calibration.length' is 0")
                                .contains("from 2 to")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "models = [a], ratios = [1.0] | 'ratios[0]' is 1;",
        "models = [a], ratios = [-0.1] | 'ratios[0]' is -0.1",
        "models = [a], ratios = [] | 'ratios' is an empty list",
        "models = [], ratios = [0.5] | 'models' is an empty list",
        "ratios = [0.5] | 'models' is missing",
        "models = [a] | 'ratios' is missing",
        "models = a, ratios = [0.5] | 'models' is \"a\", not a list",
        "models = [a], ratios = [0.5], layers { first = 4, end = 40 } | has 32 layers",
        "models = [a], ratios = [0.5], layers { first = 9, end = 9 } | has 32 layers",
        "models = [a], ratios = [0.5], recovery { template = chat } | allowed are alpaca, plain",
        "models = [a], ratios = [0.5], recovery { when {} } | give at least one of them",
        "models = [a], ratios = [0.5], recovery { when { top = 0 } } | 'recovery.when.top' is 0",
        "models = [a], ratios = [0.5], recovery { epochs = 0 } | 'recovery.epochs' is 0",
        "models = [a], ratios = [0.5], recovery { validation { row = 1 } } | mean 'rows'",
        "models = [a], ratios = [0.5], recovery { precision = fp16 } | float32, bfloat16",
        "models = [a], ratios = [0.5], calibration { sampling = all } | rows, window, dialogue",
        "models = [a], ratios = [0.5], evaluation { begin-token = sometimes } | 'sometimes'",
        "models = [a], ratios = [0.5], evaluation { perplexity-begin = 1 } | perplexity-begin",
        "models = [a], ratios = [0.5], evaluation { generate {} } | 'evaluation.generate.prompts'",
        "models = [a], ratios = [0.5], evaluation { choice-tasks = [{ name = a }] } | [0].file'",
        "models = [a], ratios = [0.5], evaluation { latency { batch = 0 } } | latency.batch' is 0",
        "models = [a], ratios = [0.5], recovery { rnk = 8 } | unknown key 'recovery.rnk'",
        "models = [a, b], ratios = [0.5], recovery { targets = [v_proj, q_porj] }"
            + " | 'recovery.targets[1]' is 'q_porj', which no layer of model 'a' is named; allowed"
            + " are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj; did you mean"
            + " 'q_proj'?",
        "models = [a], ratios = [0.5], recovery { strategies = [block, layer] }"
            + " | 'recovery.strategies' has layer, which is not one of the sweep's strategies: block",
        "models = [a], ratios = [0.5, 0.2], recovery { ratios = [0.5, 0.3] }"
            + " | 'recovery.ratios' has 0.3, which is not one of the sweep's ratios: 0.5, 0.2",
        "models = [a], ratios = [0.5], evaluation { text = missing } | no such file",
        "models = [a], ratios = [0.5], layers = [4-30] | ranges such as",
        "models = [a], ratios = [0.5], steps = [0] | 'steps[0]' is 0",
        "models = [a], ratios = [0.5], criteria = [first-n] | suit none of the strategies",
        "include \"x\" | sweep.conf: includes x; only",
        "models = [a, ratios = [0.5] | sweep.conf:1: List should have",
        "models = [a], ratios = [0.5], name = \"a/b\" | allowed are letters"
      })
  void refuses(String text, String complaint) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sweep.conf")
        .hasMessageContaining(complaint);
  }

  @Test
  void keepsTheFirstEighthAndTheLastSixteenthByDefault() {
    SweepConfig sweep = read("models = [a], ratios = [0.5]");
    assertThat(
            LayerRange.of(
                sweep.blocks().get("a").get(0).mlp(), 32, Strategy.BLOCK, Scope.LOCAL, false))
        .isEqualTo(new LayerSpan(4, 30));
    assertThat(
            LayerRange.of(
                sweep.blocks().get("a").get(0).mlp(), 32, Strategy.LAYER, Scope.LOCAL, false))
        .isEqualTo(new LayerSpan(0, 32));
    assertThat(
            LayerRange.of(
                sweep.blocks().get("a").get(0).mlp(), 32, Strategy.BLOCK, Scope.MEASURED, false))
        .isEqualTo(new LayerSpan(0, 32));
  }

  @Test
  void readsRangesOfLayersAsAnAxis() {
    SweepConfig sweep =
        read("models = [a], ratios = [0.5], layers = [\"0..1\", \"4..30\", default]");
    assertThat(sweep.blocks().get("a"))
        .extracting(
            blocks -> LayerRange.of(blocks.attention(), 32, Strategy.BLOCK, Scope.LOCAL, false))
        .containsExactly(new LayerSpan(0, 1), new LayerSpan(4, 30), new LayerSpan(4, 30));
  }

  @Test
  void targetLatencySaysWhereItIsMeasured() {
    String sweep = "models = [a], ratios = [0.5], scopes = [measured], targets = [latency]";
    assertThatThrownBy(() -> read(sweep))
        .hasMessageContaining("'targets' has 'latency', which needs 'timing.device'");
    assertThat(read(sweep + ", timing { device = H100, length = 1 }").timing())
        .isEqualTo(new SweepConfig.Timing("H100", new LatencyProtocol(1, 1, 0, 3, 10)));
    assertThat(read("models = [a], ratios = [0.5], timing { device = cpu }").timing().device())
        .isEmpty();
  }

  @Test
  void nothingMatchesSizesThatTimesDecide() {
    assertThatThrownBy(
            () ->
                read(
                    "models = [a], ratios = [0.5], strategies = [block, channel], match = block,"
                        + " scopes = [measured], targets = [latency], timing { device = cpu }"))
        .hasMessageContaining("with target 'latency' sizes are unknown until times are measured");
  }
}
