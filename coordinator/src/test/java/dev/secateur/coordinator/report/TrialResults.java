package dev.secateur.coordinator.report;

import java.util.Map;

/** Results of trials that were planned. */
public final class TrialResults {
  private TrialResults() {}

  /** Of a trial that took a second. */
  public static TrialResult of(
      TrialResult planned,
      Map<String, Map<String, Double>> metrics,
      String notRecovered,
      String failure) {
    return new TrialResult(
        planned.trial(),
        planned.model(),
        planned.point(),
        planned.settings(),
        planned.compute(),
        planned.beginTokens(),
        metrics,
        1,
        planned.stages(),
        notRecovered,
        failure);
  }
}
