package dev.secateur.coordinator.events;

import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Fills in the fields of events for a client that starts in the middle of the journal, as if it had
 * started at the beginning. Missing fields are looked up when they are needed: the journal is read
 * again from shortly before the event, and from further and further back, until the lease of the
 * event is found; plans are found by their own events. Waits for the journal.
 */
public final class LateFields {
  /** How far back is read at first; what was begun lately was mostly begun there. */
  public static final long STEP = 256;

  private static final int GROWTH = 4;

  private final EventJournal journal;
  private EventFields fields;
  private long from;
  private long step;

  /**
   * @param from the number of the first event that may come
   * @param step how many events are read at first where one needs what is before
   */
  public LateFields(EventJournal journal, long from, long step) {
    this.journal = journal;
    this.step = step;
    begin(from);
  }

  private void begin(long first) {
    from = first;
    fields = new EventFields(this::planBefore);
  }

  /** The name and fields of an event; to be asked for in order. */
  public Map<String, Object> of(JournalledEvent event) {
    while (from > 1 && fields.lacks(event.event())) {
      begin(Math.max(1, Math.min(from, event.sequence()) - step));
      step *= GROWTH;
      journal.read(from, event.sequence() - 1, before -> fields.of(before.event()));
    }
    return fields.of(event.event());
  }

  /** An event with its number and its time, and then its name and fields. */
  public Map<String, Object> numbered(JournalledEvent event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("sequence", event.sequence());
    fields.put("time", event.time().toString());
    fields.putAll(of(event));
    return fields;
  }

  /** Those of progress. */
  public Map<String, Object> of(ProgressEvent event) {
    return fields.of(event);
  }

  /** The plan that a sweep had before the first event that is known. */
  private Optional<SweepPlan> planBefore(SweepId sweep) {
    return from == 1 ? Optional.empty() : new JournalPlans(journal).of(sweep, from - 1);
  }
}
