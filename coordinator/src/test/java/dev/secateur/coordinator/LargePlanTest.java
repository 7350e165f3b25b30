package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.WorkProtocol;
import java.time.Instant;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A plan that takes long to be indexed or written. */
class LargePlanTest extends CoordinatorFixture {
  LargePlanTest() {
    super(false); // who sends a plan would wait for it as well
  }

  /** Stages that whoever looks at them, or at all of them one by one, waits for. */
  private static final class SlowStages extends AbstractList<Stage> {
    private final List<Stage> all;
    private final boolean oneByOne;
    private final CountDownLatch lookedAt = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    SlowStages(List<Stage> all, boolean oneByOne) {
      this.all = all;
      this.oneByOne = oneByOne;
    }

    @Override
    public Stage get(int index) {
      return all.get(index);
    }

    @Override
    public int size() {
      hold(!oneByOne);
      return all.size();
    }

    @Override
    public Iterator<Stage> iterator() {
      hold(oneByOne);
      return all.iterator();
    }

    private void hold(boolean here) {
      if (here) {
        lookedAt.countDown();
        try {
          assertThat(letGo.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  @Test
  void answersOthersWhileALargePlanIsIndexed() throws InterruptedException {
    answersOthersWhile(false);
  }

  @Test
  void answersOthersWhileTheJournalWritesALargePlan() throws InterruptedException {
    answersOthersWhile(true);
  }

  /**
   * @param written whether the plan is being written, or else indexed
   */
  private void answersOthersWhile(boolean written) throws InterruptedException {
    SweepPlan plan = plan("models = [a], ratios = [0.5], criteria = [l2]");
    SlowStages stages = new SlowStages(plan.stages(), written);
    coordinator.tell(
        new Submit(
            new SweepId("large"),
            new SweepPlan(
                "large",
                "d",
                plan.trials(),
                stages,
                plan.recoverWhen(),
                plan.attempts(),
                plan.timeouts(),
                plan.codeVersion()),
            folder.toString(),
            false,
            10,
            IdempotencyKey.NONE,
            Instant.EPOCH,
            Origin.UNKNOWN,
            client.getRef()));
    assertThat(stages.lookedAt.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(statuses()).as("the plan is worked on still").isEmpty();
    beat(7);
    worker.expectMessage(new WorkProtocol.Revoke(7));
    client.expectNoMessage();
    stages.letGo.countDown();
    assertThat(client.receiveMessage().sweep()).isEqualTo(new SweepId("large"));
    assertThat(statuses()).containsExactly(SweepStatus.RUNNING);
  }
}
