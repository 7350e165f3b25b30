package dev.secateur.coordinator.track;

import dev.secateur.coordinator.config.OneLine;
import java.io.IOException;

/** A target has understood a request and refuses it; a retry would be refused too. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 300;

  RefusedException(String what, int status, String why) {
    super(what + " got the response " + status + ": " + OneLine.of(why, SHOWN));
  }
}
