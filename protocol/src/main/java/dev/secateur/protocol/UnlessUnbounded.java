package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/**
 * A number that is written unless it is {@link Integer#MAX_VALUE}, so that the keys of stages from
 * before there was a choice stay the same.
 */
@JacksonAnnotationsInside
@JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = UnlessUnbounded.NotWritten.class)
@Retention(RetentionPolicy.RUNTIME)
@interface UnlessUnbounded {
  /** Equals the values that are not written, as Jackson asks of a filter. */
  final class NotWritten {
    @Override
    public boolean equals(Object value) {
      return Integer.valueOf(Integer.MAX_VALUE).equals(value);
    }

    @Override
    public int hashCode() {
      return Integer.MAX_VALUE;
    }
  }
}
