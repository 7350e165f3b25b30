package dev.secateur.coordinator.disk;

import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The stages that all sweeps in the journal need, by their plans. Blocks while it reads them. */
public final class NeededStages {
  private final EventJournal journal;
  private final Map<SweepId, Planned> plans = new HashMap<>();
  private long read;

  /**
   * A sweep's stages as it was planned last.
   *
   * @param runFolder where its results are
   */
  public record Planned(String runFolder, Set<StageKey> stages) {
    private Planned under(Map<StageKey, StageKey> keys) {
      return new Planned(
          runFolder,
          stages.stream().map(key -> keys.getOrDefault(key, key)).collect(Collectors.toSet()));
    }
  }

  public NeededStages(EventJournal journal) {
    this.journal = journal;
  }

  /**
   * Reads what it has not read yet.
   *
   * @param asOf the number of an event
   * @return the sweeps that plan something in what it read of the events after that one
   */
  public Set<SweepId> readOn(long asOf) {
    List<Long> numbers = new ArrayList<>(journal.plans(Long.MAX_VALUE));
    Collections.reverse(numbers);
    Set<SweepId> later = new HashSet<>();
    for (long number : numbers) {
      if (number > read) {
        journal.read(
            number,
            number,
            event -> {
              SweepId sweep = planned(event.event());
              if (number > asOf) {
                later.add(sweep);
              }
            });
        read = number;
      }
    }
    return later;
  }

  private SweepId planned(SweepEvent event) {
    if (event instanceof SweepEvent.SweepSubmitted submitted) {
      plans.put(submitted.sweep(), new Planned(submitted.runFolder(), keys(submitted.plan())));
      return submitted.sweep();
    } else if (event instanceof SweepEvent.SweepExtended extended) {
      plans.computeIfPresent(
          extended.sweep(), (sweep, plan) -> new Planned(plan.runFolder(), keys(extended.plan())));
      return extended.sweep();
    } else if (event instanceof SweepEvent.SweepReplanned replanned) {
      plans.computeIfPresent(replanned.sweep(), (sweep, plan) -> plan.under(replanned.keys()));
      return replanned.sweep();
    }
    throw new IllegalStateException("no plan: " + event);
  }

  private static Set<StageKey> keys(SweepPlan plan) {
    return plan.stages().stream().map(Stage::key).collect(Collectors.toSet());
  }

  /** The sweeps that the journal tells of, those that were deleted too. */
  public Map<SweepId, Planned> plans() {
    return Collections.unmodifiableMap(plans);
  }

  /** The stages of these sweeps. */
  public Set<StageKey> of(Set<SweepId> sweeps) {
    Set<StageKey> keys = new HashSet<>();
    sweeps.stream()
        .filter(plans::containsKey)
        .forEach(sweep -> keys.addAll(plans.get(sweep).stages()));
    return keys;
  }
}
