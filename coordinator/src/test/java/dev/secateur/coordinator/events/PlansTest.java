package dev.secateur.coordinator.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.golden.GoldenScenario;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlansTest {
  private static final List<SweepEvent> EVENTS = GoldenScenario.events();

  @Test
  void findsASweepsPlanAsItIsNow() {
    Plans plans = new Plans(new ListedJournal(EVENTS));
    assertThat(plans.of(new SweepId("replanned-1")).orElseThrow().codeVersion())
        .isEqualTo(CodeVersion.CURRENT);
    assertThat(plans.numbers(new SweepId("replanned-1"))).startsWith(1L).hasSize(2);
    assertThat(plans.of(new SweepId("finished-1")).orElseThrow().name()).isEqualTo("finished");
    assertThat(plans.of(new SweepId("none"))).isEmpty();
  }

  @Test
  void readsWhoseAnEventIsOnce() {
    ListedJournal journal = new ListedJournal(EVENTS);
    Plans plans = new Plans(journal);
    plans.numbers(new SweepId("none"));
    long read = journal.read();
    assertThat(read).isPositive();
    plans.numbers(new SweepId("finished-1"));
    assertThat(journal.read()).isEqualTo(read);
  }
}
