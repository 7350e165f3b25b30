package dev.secateur.coordinator.http;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepPlan;

/** Whether Java's memory has room for a plan: the journal writes it as one event. */
final class PlanSize {
  /** What the heap needs for each trial and each stage while a plan is written, measured. */
  private static final long HEAP_BYTES_OF_EACH = 3 << 10;

  private PlanSize() {}

  /**
   * @param heap the most bytes that Java's heap may have
   * @throws InputException when the plan has more trials and stages than it has room for
   */
  static void check(SweepPlan plan, long heap) {
    long each = (long) plan.trials().size() + plan.stages().size();
    long most = heap / HEAP_BYTES_OF_EACH;
    if (each > most) {
      throw new InputException(
          String.format(
              "the sweep has %,d trials and %,d stages, together more than the %,d that this"
                  + " coordinator's Java heap of %,d MiB has room for; split it, or start the"
                  + " coordinator with SECATEUR_JAVA_OPTIONS=-Xmx%dg",
              plan.trials().size(),
              plan.stages().size(),
              most,
              heap >> 20,
              1 + ((each * HEAP_BYTES_OF_EACH) >> 30)));
    }
  }
}
