package dev.secateur.coordinator.track;

import dev.secateur.coordinator.config.OneLine;
import java.io.IOException;

/** A target has understood a request and does not want it: the same again is refused again. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 300;

  RefusedException(String what, int status, String why) {
    super(what + " is answered with " + status + ": " + OneLine.of(why, SHOWN));
  }
}
