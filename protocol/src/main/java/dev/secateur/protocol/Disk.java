package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Map;
import java.util.Optional;

/** What is known of the disk that a worker writes to; written as its room, or null. */
public sealed interface Disk permits DiskRoom, Disk.Unknown {
  /** Whether there is room for this many bytes, as far as is known. */
  boolean has(long need);

  /** Bytes of the base models that the worker was given tasks for, by their hashes. */
  Map<String, Long> models();

  /** The room on it, where it is known. */
  Optional<DiskRoom> room();

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  private static Disk read(DiskRoom room) {
    return room;
  }

  /** It does not tell, or the worker is too old to report it; no stage is too large for it. */
  record Unknown() implements Disk {
    @Override
    public boolean has(long need) {
      return true;
    }

    @Override
    public Map<String, Long> models() {
      return Map.of();
    }

    @Override
    public Optional<DiskRoom> room() {
      return Optional.empty();
    }

    @JsonValue
    DiskRoom written() {
      return null;
    }
  }
}
