package dev.secateur.coordinator;

import dev.secateur.protocol.SweepEvent;
import java.util.List;
import java.util.stream.Stream;

/** The records that are events. */
public final class EventTypes {
  private EventTypes() {}

  public static List<Class<?>> all() {
    return records(SweepEvent.class).distinct().toList();
  }

  private static Stream<Class<?>> records(Class<?> type) {
    return type.isRecord()
        ? Stream.of(type)
        : Stream.of(type.getPermittedSubclasses()).flatMap(EventTypes::records);
  }
}
