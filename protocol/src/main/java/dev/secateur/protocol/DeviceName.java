package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What the manufacturer calls a device; written as null where the system does not report it.
 *
 * @param value empty if the system does not report it
 */
public record DeviceName(String value) {
  public static final DeviceName UNKNOWN = new DeviceName("");

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public DeviceName {}

  public boolean isKnown() {
    return !value.isEmpty();
  }

  /** Whether it is known and has that part, in any case. */
  public boolean contains(String part) {
    return isKnown() && value.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
  }

  @JsonValue
  private String written() {
    return isKnown() ? value : null;
  }
}
