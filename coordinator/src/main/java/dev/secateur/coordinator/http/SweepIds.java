package dev.secateur.coordinator.http;

import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Ids of sweeps: the name, the start of the digest of the plan, and the time of submission (UTC).
 */
public final class SweepIds {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

  private SweepIds() {}

  public static SweepId of(SweepPlan plan, Instant at) {
    return new SweepId(plan.name() + "-" + plan.digest().substring(0, 8) + "-" + TIME.format(at));
  }
}
