package dev.secateur.actors.leadership;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The lease of a journal whose file is locked, so that no other process can open it. */
public final class SoleLease implements JournalLease {
  private static final Duration EVER = Duration.ofDays(36_500);

  /** Terms of later lives of the coordinator are higher. */
  private final Standing held =
      new Standing(new Standing.Own(Instant.now().toEpochMilli()), List.of());

  @Override
  public Duration duration() {
    return EVER;
  }

  @Override
  public Standing look(boolean joined) {
    return held;
  }

  @Override
  public Standing take(boolean joined) {
    return held;
  }

  @Override
  public void release() {
    // the lock ends with the process
  }
}
