package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.Retention;
import dev.secateur.coordinator.schedule.FailureRun;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSettingsTest {
  private static final Node.Launch OWN = new Node.Launch(Set.of(Node.GPU_WORKER), List.of(), 1);

  @TempDir private Path folder;

  private static NodeSettings with(String key, Object value) {
    return NodeSettings.load(Optional.empty()).with(Map.of("secateur." + key, value));
  }

  @Test
  void nothingGoesByItselfUnlessItIsAskedFor() throws IOException {
    NodeSettings usual = NodeSettings.load(Optional.empty());
    assertThat(usual.disk().retention()).isEqualTo(Retention.FOREVER);
    assertThat(usual.disk().every()).isEqualTo(Duration.ofHours(1));
    assertThat(usual.disk().cache(OWN)).isEmpty();
    assertThat(usual.disk().reserve()).isEqualTo(1L << 30);
    assertThat(usual.coordinatorTiming().putAside()).isEqualTo(FailureRun.Rule.USUAL);
    assertThat(with("retention.sweeps", "30d").disk().retention().of(Disposable.SWEEPS))
        .hasValue(Duration.ofDays(30));
    assertThat(with("worker.cache", "3MiB").disk().cache(OWN).orElseThrow().in(folder))
        .isEqualTo(3 << 20);
    long whole = folder.toFile().getTotalSpace();
    assertThat(with("worker.cache", "20%").disk().cache(OWN).orElseThrow().in(folder))
        .isEqualTo(whole / 100 * 20);
  }

  @Test
  void aWorkerWithinACoordinatorOrWithASharedFolderHasNoCache() {
    Node.Launch both = new Node.Launch(Set.of(Node.COORDINATOR, Node.GPU_WORKER), List.of(), 1);
    assertThat(with("worker.cache", "3MiB").disk().cache(both)).isEmpty();
    assertThat(
            with("worker.cache", "3MiB")
                .with(Map.of("secateur.artifacts.shared", folder.toString()))
                .disk()
                .cache(OWN))
        .isEmpty();
  }

  @Test
  void whatCannotBeUnderstoodIsRefusedByName() {
    assertThatThrownBy(() -> with("retention.logs", "soon").disk().retention())
        .isInstanceOf(InputException.class)
        .hasMessage("secateur.retention.logs is 'soon'; it must be off, or a time such as 30d");
    for (String every : List.of("often", "0s", "500ms")) {
      assertThatThrownBy(() -> with("retention.every", every).disk().check(OWN))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "secateur.retention.every is '"
                  + every
                  + "'; it must be a time of a second or more, such as 1h");
    }
    assertThatThrownBy(() -> with("worker.cache", "120%").disk().cache(OWN))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("secateur.worker.cache is '120%'; it must be off, a size");
    assertThatThrownBy(() -> with("worker.disk-reserve", "much").disk().reserve())
        .isInstanceOf(InputException.class);
  }
}
