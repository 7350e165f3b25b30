package dev.secateur.actors.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClusterBenchTest {
  @Test
  void plansFortyTrialsToAModel() {
    assertThat(ClusterBench.plan(400).trials()).hasSize(400);
    assertThat(ClusterBench.plan(1).trials()).hasSize(40);
  }

  @Test
  void plansMoreTrialsThanASweepHasModelsFor() {
    assertThat(ClusterBench.plan(44_000).trials().size()).isBetween(43_500, 44_000);
  }
}
