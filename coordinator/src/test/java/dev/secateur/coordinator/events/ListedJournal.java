package dev.secateur.coordinator.events;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import dev.secateur.protocol.SweepEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** A journal of some events, numbered from one, which counts how many of them are read. */
public final class ListedJournal implements EventJournal {
  private static final List<Class<? extends SweepEvent>> PLANS =
      List.of(
          SweepEvent.SweepSubmitted.class,
          SweepEvent.SweepReplanned.class,
          SweepEvent.SweepExtended.class);

  private final List<SweepEvent> events;
  private long read;

  public ListedJournal(List<SweepEvent> events) {
    this.events = events;
  }

  long read() {
    return read;
  }

  @Override
  public Source<JournalledEvent, NotUsed> events(long first, boolean live) {
    return Source.from(between(first, events.size()))
        .map(number -> new JournalledEvent(number, Instant.EPOCH, at(number)));
  }

  @Override
  public void read(long first, long last, Consumer<JournalledEvent> reader) {
    between(first, Math.min(last, events.size()))
        .forEach(number -> reader.accept(new JournalledEvent(number, Instant.EPOCH, at(number))));
  }

  @Override
  public List<Long> plans(long last) {
    List<Long> plans = new ArrayList<>();
    for (long number : between(1, Math.min(last, events.size()))) {
      if (PLANS.contains(events.get((int) number - 1).getClass())) {
        plans.add(number);
      }
    }
    Collections.reverse(plans);
    return plans;
  }

  @Override
  public long last() {
    return events.size();
  }

  private static List<Long> between(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  private SweepEvent at(long number) {
    read++;
    return events.get((int) number - 1);
  }
}
