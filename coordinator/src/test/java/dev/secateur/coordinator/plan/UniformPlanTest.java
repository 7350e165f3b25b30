package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.GgufWeights;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code uniform}, {@code export} and {@code gguf-type}, from configurations to stages. */
class UniformPlanTest {
  private static final String GRID =
      "models = [a], ratios = [0.25], criteria = [l2], strategies = [block, channel]\n";

  private static SweepPlan plan(String text) {
    FakeSources sources = new FakeSources("/models");
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
  }

  private static Trial trial(SweepPlan plan, Strategy strategy) {
    return plan.trials().stream()
        .filter(trial -> trial.point().strategy() == strategy)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void prunesAllLayersAndLeavesKeysOfOtherStrategiesAsTheyAre() {
    SweepPlan usual = plan(GRID);
    SweepPlan uniform = plan(GRID + "uniform = true");
    Trial block = trial(uniform, Strategy.BLOCK);
    LayerSpan all = new LayerSpan(0, block.model().layers());
    assertThat(block.point().attention()).isEqualTo(all);
    assertThat(block.point().mlp()).isEqualTo(all);
    assertThat(block.point().uniform()).isTrue();
    assertThat(block.pruning()).isNotEqualTo(trial(usual, Strategy.BLOCK).pruning());
    assertThat(trial(uniform, Strategy.CHANNEL).stages())
        .isEqualTo(trial(usual, Strategy.CHANNEL).stages());
    assertThat(plan(GRID + "uniform = false").digest()).isEqualTo(usual.digest());
  }

  @Test
  void aCaseMaySayOtherwise() {
    SweepPlan plan =
        plan(
            "models = [a], criteria = [l2], uniform = true, trials = ["
                + "{ strategy = block, ratio = 0.25 },"
                + "{ strategy = block, ratio = 0.25, uniform = false, layers = \"4..30\" }]");
    assertThat(plan.trials())
        .extracting(trial -> trial.point().uniform())
        .containsExactly(true, false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "layers = \"4..30\" | 'layers' prunes the layers from 4 to before 30 of the 32 of"
            + " model 'a', but 'uniform' needs all of them; remove one of the two keys",
        "mlp-layers = \"0..31\" | 'mlp-layers' prunes the layers from 0 to before 31 of the 32",
        "layers = each | 'layers' prunes the layers from 0 to before 1 of the 32",
        "scopes = [local, global] | 'scopes' has 'global', under which a block loses what its scores"
            + " say, but 'uniform' takes the same from each; remove one of the two keys"
      })
  void whatLeavesWidthsUnevenIsRefused(String key, String reason) {
    assertThatThrownBy(() -> plan(GRID + "uniform = true\n" + key))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sweep.conf")
        .hasMessageContaining(reason);
    plan(GRID + key);
    plan(
        "models = [a], ratios = [0.25], criteria = [l2], strategies = [layer], uniform = true\n"
            + key);
  }

  @Test
  void allLayersByNameAreAllLayers() {
    assertThat(plan(GRID + "uniform = true, layers = \"0..32\"").digest())
        .isEqualTo(plan(GRID + "uniform = true").digest());
  }

  private static Optional<StageKey> export(String keys) {
    return trial(plan(GRID + keys), Strategy.BLOCK).export();
  }

  private static Optional<GgufWeights> gguf(String keys) {
    SweepPlan plan = plan(GRID + keys);
    return plan.stages().stream()
        .map(Stage::spec)
        .filter(ExportSpec.class::isInstance)
        .map(spec -> ((ExportSpec) spec).files().gguf())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void exportTakesFormats() {
    assertThat(export("")).isEmpty();
    assertThat(export("export = false")).isEmpty();
    Optional<StageKey> checkpoint = export("export = true");
    assertThat(checkpoint).isPresent();
    assertThat(export("export = [hf]")).isEqualTo(checkpoint);
    assertThat(export("export = [hf, gguf]")).isPresent().isNotEqualTo(checkpoint);
    assertThat(gguf("export = true")).isEmpty();
    assertThat(gguf("export = [gguf, hf]")).contains(GgufWeights.F16);
    assertThat(gguf("export = [hf, gguf], gguf-type = q8_0")).contains(GgufWeights.Q8_0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "export = [gguf] | 'export' lacks 'hf': GGUF files are made from checkpoints",
        "export = [hf, onnx] | 'export' is 'onnx'; allowed are hf, gguf",
        "export = [hf, hf] | 'export' names a format twice: hf, hf",
        "export = gguf | 'export' is \"gguf\", not true, false or a list such as [hf, gguf]",
        "export = [] | 'export' lacks 'hf'",
        "export = true, gguf-type = f16 | 'gguf-type' is the element type of GGUF files, but"
            + " 'export' has no gguf; write export = [hf, gguf]",
        "export = [hf, gguf], gguf-type = q4_k | 'gguf-type' is 'q4_k'; allowed are f32, f16, bf16,"
            + " q8_0"
      })
  void whatExportDoesNotTakeIsRefused(String keys, String reason) {
    assertThatThrownBy(() -> plan(GRID + keys))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void stagesAreNamedForPeople() {
    SweepPlan plan = plan(GRID + "uniform = true");
    assertThat(List.of(dev.secateur.coordinator.report.StageWords.of(trial(plan, Strategy.BLOCK))))
        .containsExactly("a, block 0.25 uniform l2 sum");
  }
}
