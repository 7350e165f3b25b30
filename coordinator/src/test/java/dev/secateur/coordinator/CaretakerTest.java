package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.disk.Retention;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Collect;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.RestOf;
import dev.secateur.protocol.SweepId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is looked at again later. */
class CaretakerTest extends CoordinatorFixture {
  private static final SweepId GONE = new SweepId("gone");
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

  private final List<Cleaning> cleanings = new CopyOnWriteArrayList<>();
  private int stay = 2;

  CaretakerTest() {
    super(false);
  }

  /** Workers keep something of a deleted sweep for as long as {@code stay} counts down. */
  private final class Disk implements Housekeeping {
    @Override
    public Collected clean(Cleaning what) {
      if (what.dryRun()) {
        return new Collected(List.of(), "", "some stay", List.of());
      }
      cleanings.add(what);
      String notice = stay-- > 0 ? "some stay" : "";
      return new Collected(List.of(), "", notice, List.of());
    }
  }

  @BeforeEach
  void care() {
    coordinator =
        kit.spawn(
            Coordinator.create(
                TIMING,
                new ArtifactExchange.SharedFolder(),
                reporting(),
                new Upkeep(new Disk(), Retention.FOREVER),
                () -> now,
                CodeVersion.CURRENT));
  }

  /** Is answered after everything before it is done. */
  private void collect(boolean dryRun) {
    TestProbe<Collected> probe = kit.createTestProbe();
    coordinator.tell(new Collect(new RestOf(GONE), dryRun, probe.getRef()));
    assertThat(probe.receiveMessage().notice()).isNotEmpty();
  }

  private void passes(Duration time) {
    ManualTime.get(kit.system()).timePasses(time);
    collect(true);
  }

  @Test
  void whatADeletedSweepLeavesOnWorkersGoesOnceItIsUnused() {
    collect(false);
    passes(TEN_MINUTES);
    assertThat(cleanings).hasSize(1);
    passes(Duration.ofMinutes(1));
    assertThat(cleanings).hasSize(2);
    passes(TEN_MINUTES);
    passes(TEN_MINUTES);
    assertThat(cleanings).as("some stayed still").hasSize(3);
    passes(Duration.ofHours(5));
    assertThat(cleanings).as("nothing stayed").hasSize(3);
    assertThat(cleanings)
        .allSatisfy(cleaning -> assertThat(cleaning.scope()).isEqualTo(new Cleaning.Only(GONE)));
  }

  @Test
  void ofADryRunNothingIsLookedAtAgain() {
    collect(true);
    passes(Duration.ofHours(5));
    assertThat(cleanings).isEmpty();
  }
}
