package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The memory that a stage needs of its worker. Journals have its bytes, or null. */
public sealed interface MemoryNeed {
  /** The bytes that a worker must have; 0 if any worker may try. */
  long bytes();

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  private static MemoryNeed read(long bytes) {
    return new AtLeast(bytes);
  }

  /** The sweep declares it, or it follows from the model's sizes. */
  record AtLeast(@JsonValue long bytes) implements MemoryNeed {}

  /** The sweep does not declare it, and no sizes that are known in advance tell. */
  record Unknown() implements MemoryNeed {
    @Override
    public long bytes() {
      return 0;
    }

    @JsonValue
    Long written() {
      return null;
    }
  }
}
