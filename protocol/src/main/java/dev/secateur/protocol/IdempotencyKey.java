package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * By which a client that lost the answer submits the same again; written as null where the client
 * gives none.
 *
 * @param value empty if the client gives none
 */
public record IdempotencyKey(String value) {
  public static final IdempotencyKey NONE = new IdempotencyKey("");

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public IdempotencyKey {}

  /** Whether a submission with this key repeats the one with the other; never without a key. */
  public boolean repeats(IdempotencyKey other) {
    return !value.isEmpty() && equals(other);
  }

  @JsonValue
  private String written() {
    return value.isEmpty() ? null : value;
  }
}
