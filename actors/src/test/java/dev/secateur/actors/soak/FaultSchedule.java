package dev.secateur.actors.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * When which fault happens: one in every {@link #EVERY}, drawn without replacement from a shuffled
 * bag of all of them, so that each happens three times in five minutes. The same seed gives the
 * same schedule.
 */
record FaultSchedule(List<Step> steps) {
  /** Faults that last longer overlap. */
  static final Duration EVERY = Duration.ofSeconds(10);

  private static final int JITTER_MILLIS = 4000;

  /**
   * @param at from the start
   * @param seed of what the fault itself draws: which node, how long
   */
  record Step(Duration at, Fault fault, long seed) {}

  static FaultSchedule of(long seed, Duration length) {
    Random random = new Random(seed);
    List<Fault> bag = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    for (long index = 0; index < length.dividedBy(EVERY); index++) {
      if (bag.isEmpty()) {
        bag.addAll(Arrays.asList(Fault.values()));
        Collections.shuffle(bag, random);
      }
      Duration at = EVERY.multipliedBy(index).plusMillis(random.nextInt(JITTER_MILLIS));
      steps.add(new Step(at, bag.remove(bag.size() - 1), random.nextLong()));
    }
    return new FaultSchedule(List.copyOf(steps));
  }

  long count(Fault fault) {
    return steps.stream().filter(step -> step.fault() == fault).count();
  }
}
