package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.HostArrays;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PositionTablesTest {
  /** Texts of more than four tokens have waves four times as long. */
  private static final Rope ROPE =
      new Rope(
          100,
          4,
          new Rope.Scaling.LongRope(List.of(1.0, 1.0), List.of(4.0, 4.0), 4, 1),
          new Rope.Positions.Sequence());

  private static float[] cosines(NDManager scope, Layout layout) {
    return HostArrays.floats(
        new PositionTables(scope, layout).rope(ROPE, layout.rows()[0].length)[0]);
  }

  @Test
  void aRowsPositionsDoNotDependOnTheRowsBesideIt() {
    Layout both =
        new Layout(
            new long[2][6],
            new int[][] {{0, 1, 2, 0, 0, 0}, {0, 1, 2, 3, 4, 5}},
            new int[][] {{0, 0, 0, -1, -1, -1}, {0, 0, 0, 0, 0, 0}});
    try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
      float[] all = cosines(scope, both);
      int row = 6 * 4;
      assertThat(Arrays.copyOf(all, 3 * 4))
          .containsExactly(cosines(scope, Layout.of(new long[1][3])));
      assertThat(Arrays.copyOfRange(all, row, 2 * row))
          .containsExactly(cosines(scope, Layout.of(new long[1][6])));
    }
  }
}
