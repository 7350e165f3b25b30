package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.actors.node.HostBudget.Share;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Residency;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.WeightPlacement;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers of one host, and what each of them plans with. */
class HostBudgetTest {
  private static final long GIB = 1L << 30;

  private static NodeSettings settings(Map<String, ?> keys) {
    return NodeSettings.load(Optional.empty()).with(keys);
  }

  private static Residency planned(NodeSettings settings, int workers, long model) {
    Allowance allowance = settings.allowance(workers);
    Residency.Sizes sizes = new Residency.Sizes(model, model / 2);
    return Residency.of(WeightPlacement.AUTO, sizes, allowance.memory(Device.cpu()));
  }

  @Test
  void workersOfAHostGetEqualSharesAndKnowWhoIsOnTheirDevice() {
    assertThat(new HostBudget(12 * GIB).shares(List.of("cuda:0", "cuda:1", "cuda:0")))
        .containsExactly(
            new Share("cuda:0", 4 * GIB, 2),
            new Share("cuda:1", 4 * GIB, 1),
            new Share("cuda:0", 4 * GIB, 2));
  }

  @Test
  void twoWorkersDoNotBothPlanToHoldAModelThatFitsOnce() {
    NodeSettings host = settings(Map.of(NodeSettings.HOST_MEMORY, "8GiB"));
    assertThat(planned(host, 1, 4 * GIB)).isEqualTo(Residency.FLOAT32);
    assertThat(planned(host, 2, 4 * GIB)).isEqualTo(Residency.STORED);
    assertThat(planned(host, 4, 4 * GIB)).isEqualTo(Residency.STREAMED);
  }

  @Test
  void aChildPlansWithTheShareThatItsParentGaveIt() {
    Share share = new HostBudget(8 * GIB).shares(List.of("cpu", "cpu")).get(1);
    NodeSettings child =
        settings(
            Map.of(NodeSettings.HOST_MEMORY, share.host(), NodeSettings.SHARERS, share.sharers()));
    assertThat(child.allowance(1).memory(Device.cpu())).isEqualTo(4 * GIB);
    assertThat(child.allowance(1).sharers()).isEqualTo(2);
    assertThat(planned(child, 1, 4 * GIB)).isEqualTo(Residency.STORED);
  }

  @Test
  void aLimitOfTheDeviceTakesThePlaceOfTheShare() {
    NodeSettings limited = settings(Map.of("secateur.worker.device-memory", "1 GiB"));
    assertThat(limited.allowance(2).memory(Device.cpu())).isEqualTo(GIB);
    assertThat(settings(Map.of()).allowance(1).memory(Device.cpu()))
        .isEqualTo(HostBudget.whole().bytes());
  }

  @Test
  void aHostThatIsTooSmallForItsWorkersIsRefused() {
    assertThatThrownBy(() -> new HostBudget(GIB).shares(Collections.nCopies(8, "cpu")))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "1024 MiB of host memory are too little for 8 workers: each needs 150 MiB for"
                + " Java and libtorch alone; start fewer, or raise secateur.worker.host-memory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"much", "0GiB", "-1GiB", ""})
  void aSizeThatIsNoneIsRefusedByItsKey(String size) {
    NodeSettings wrong = settings(Map.of("secateur.worker.device-memory", size));
    assertThatThrownBy(() -> wrong.allowance(1))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "secateur.worker.device-memory is '%s'; it must be auto, or a size such as 12GiB",
            size);
  }
}
