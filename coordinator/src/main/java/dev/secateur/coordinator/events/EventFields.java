package dev.secateur.coordinator.events;

import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The names and fields of events in the event log. Knows the sweep and trials of each stage, until
 * the sweep has ended.
 */
public final class EventFields {
  private final StageOwners owners;
  private final JournalledFields journalled;

  /** For readers of all events, or that need nothing from before the first. */
  public EventFields() {
    this(sweep -> Optional.empty());
  }

  /**
   * @param plans what sweeps had planned before the first event that is heard of
   */
  public EventFields(Function<SweepId, Optional<SweepPlan>> plans) {
    owners = new StageOwners(plans);
    journalled = new JournalledFields(owners);
  }

  /** Whether an event is about a lease that was given before the first event that was heard of. */
  public boolean lacks(SweepEvent event) {
    return event instanceof SweepEvent.OfStage stage && owners.lacks(stage.lease());
  }

  /** The event's name under {@code event}, and its fields. */
  public Map<String, Object> of(SweepEvent event) {
    return event.as(journalled);
  }

  /** Progress of a task. */
  public Map<String, Object> of(ProgressEvent event) {
    Map<String, Object> fields =
        JournalledFields.fields(
            "stage-progress",
            Map.of(
                "stage", event.stage().value(),
                "kind", event.kind().label(),
                "worker", event.worker().name(),
                "done", event.progress().done(),
                "total", event.progress().total(),
                "note", event.progress().note()));
    fields.put("trials", owners.trials(event.sweep(), event.stage()));
    fields.put("sweep", event.sweep().value());
    return fields;
  }

  /** A notice. */
  public static Map<String, Object> of(Notice notice) {
    return JournalledFields.fields(notice.event(), notice.fields());
  }
}
