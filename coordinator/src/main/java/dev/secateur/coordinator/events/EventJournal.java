package dev.secateur.coordinator.events;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import dev.secateur.protocol.SweepEvent;
import java.util.List;
import java.util.function.Consumer;

/** Where events are read from. */
public interface EventJournal {
  /**
   * All events from a number on.
   *
   * @param live whether it continues with new ones
   */
  Source<JournalledEvent, NotUsed> events(long first, boolean live);

  /**
   * Reads events that are there, and waits for it.
   *
   * @param last the number of the last of them; there may be fewer
   */
  void read(long first, long last, Consumer<JournalledEvent> reader);

  /**
   * The numbers of the events that say what a sweep's stages are ({@link
   * SweepEvent.SweepSubmitted}, {@link SweepEvent.SweepReplanned}), the last first. Waits for them.
   *
   * @param last none is above it
   */
  List<Long> plans(long last);

  /** The number of the newest event; 0 where there is none. Waits for it. */
  long last();
}
