package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.demo.DemoModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalSourcesTest {
  @TempDir Path folder;

  @Test
  void knowsTheLayersThatASweepMayAdapt() {
    assertThat(sources().projections(DemoModel.NAME))
        .containsExactly(
            "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    assertThat(read("[q_proj, up_proj]").recovery().orElseThrow().tuning().targets())
        .containsExactly("q_proj", "up_proj");
    assertThatThrownBy(() -> read("[q_proj, upproj]"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "sweep.conf:1: 'recovery.targets[1]' is 'upproj', which no layer of model 'demo' is"
                + " named; allowed are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj,"
                + " down_proj; did you mean 'up_proj'?");
  }

  @Test
  void stagesNeedWhatTheirModelsSizesSayWhereNothingIsDeclared() {
    LocalSources sources = sources();
    SweepPlan plan =
        SweepPlanner.plan(
            SweepConfigReader.read(
                "models = [demo], ratios = [0.5], memory { pruning = 2 GiB }",
                "sweep.conf",
                sources),
            sources);
    assertThat(plan.stages())
        .allSatisfy(
            stage -> {
              assertThat(stage.memory()).isInstanceOf(MemoryNeed.AtLeast.class);
              long bytes = stage.memory().bytes();
              switch (stage.kind()) {
                case DISCOVERY -> assertThat(bytes).isZero();
                case PRUNING -> assertThat(bytes).isEqualTo(2L << 30);
                default -> assertThat(bytes).isBetween(1L << 20, 64L << 20);
              }
            });
  }

  private SweepConfig read(String targets) {
    return SweepConfigReader.read(
        "models = [demo], ratios = [0.5], recovery { targets = " + targets + " }",
        "sweep.conf",
        sources());
  }

  private LocalSources sources() {
    return new LocalSources(new LocalFiles((file, done, all) -> {}, folder));
  }
}
