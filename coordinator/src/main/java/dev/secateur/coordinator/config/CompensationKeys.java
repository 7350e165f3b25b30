package dev.secateur.coordinator.config;

import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.Ridge;

/** The keys of compensation. */
public final class CompensationKeys {
  public static final Key<CompensationMethod> METHODS =
      Key.label(
              "compensation",
              CompensationMethod.NONE,
              "`none`, or `least-squares`: the blocks' matrices are refitted on the calibration"
                  + " samples, so that the pruned model writes what the whole one wrote;"
                  + " `least-squares-outputs`: output matrices alone, in half of the time; of all"
                  + " strategies but `channel` and `ignore-dependencies`")
          .list();
  public static final Key<String> RIDGE =
      Key.of(
              "ridge",
              Kind.parsed(String.class, text -> Ridge.parse(text).label()),
              Ridge.CROSS_VALIDATION.label(),
              "how strongly compensation keeps the weights that were there: `cross-validation` over"
                  + " samples, `rule` (twice the inputs by the tokens), or a number above 0")
          .unit("ridge");

  private CompensationKeys() {}
}
