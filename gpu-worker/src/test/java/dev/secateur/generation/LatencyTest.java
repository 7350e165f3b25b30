package dev.secateur.generation;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.model.Model;
import dev.secateur.protocol.LatencyProtocol;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatencyTest {
  @Test
  void countsPassesAndTokensButThoseToWarmUp() {
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/llama-mha")), Device.cpu())) {
      long[][] windows = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
      List<Integer> passes = new ArrayList<>();
      Latency latency =
          Latency.measure(
              model, windows, new LatencyProtocol(2, 4, 5, 1, 3), (done, all) -> passes.add(done));
      assertThat(passes).containsExactly(0, 1, 2, 3);
      assertThat(latency.tokens()).isEqualTo(12);
      assertThat(latency.forward().count()).isEqualTo(3);
      assertThat(latency.token().count()).isEqualTo(15);
      assertThat(latency.forward().median()).isPositive();
    }
  }

  @Test
  void tellsMedianAndSpread() {
    assertThat(Latency.Spread.of(List.of(4.0, 1.0, 3.0, 2.0, 5.0)))
        .isEqualTo(new Latency.Spread(3, 1.4, 4.6, 5));
    assertThat(Latency.Spread.of(List.of())).isEqualTo(new Latency.Spread(0, 0, 0, 0));
  }
}
