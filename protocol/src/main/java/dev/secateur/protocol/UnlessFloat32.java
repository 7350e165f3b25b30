package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/**
 * A precision that is written unless it is float32, so that what was written before there was a
 * choice, such as the keys of stages, stays the same.
 */
@JacksonAnnotationsInside
@JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = UnlessFloat32.NotWritten.class)
@Retention(RetentionPolicy.RUNTIME)
public @interface UnlessFloat32 {
  /** Equals the values that are not written, as Jackson asks of a filter. */
  final class NotWritten {
    @Override
    public boolean equals(Object value) {
      return value == Precision.FLOAT32;
    }

    @Override
    public int hashCode() {
      return Precision.FLOAT32.hashCode();
    }
  }
}
