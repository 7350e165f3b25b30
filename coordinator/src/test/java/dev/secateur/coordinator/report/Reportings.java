package dev.secateur.coordinator.report;

import dev.secateur.coordinator.events.ListedJournal;
import dev.secateur.protocol.SweepEvent;
import java.util.List;
import java.util.Optional;

/** What reports are made from in tests: run folders on disk, a journal of some events. */
public final class Reportings {
  private Reportings() {}

  /** Without events or artifacts. */
  public static Reporting empty() {
    return of(List.of());
  }

  /**
   * @param events as the journal has them, also those that the list gets later
   */
  public static Reporting of(List<SweepEvent> events) {
    return new Reporting(
        new RunFolders(), new ListedJournal(events), (stage, name) -> Optional.empty());
  }
}
