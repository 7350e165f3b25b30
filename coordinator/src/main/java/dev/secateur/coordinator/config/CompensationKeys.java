package dev.secateur.coordinator.config;

import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.Ridge;

/** The keys of compensation. */
public final class CompensationKeys {
  public static final Key<CompensationMethod> METHODS =
      Key.label(
              "compensation",
              CompensationMethod.NONE,
              "`none`, or `least-squares`: refit the blocks' matrices on the calibration"
                  + " samples, so that the pruned model's activations stay close to the original's;"
                  + " `least-squares-outputs`: output matrices only, in half the time; for all"
                  + " strategies except `channel` and `ignore-dependencies`")
          .list();
  public static final Key<String> RIDGE =
      Key.of(
              "ridge",
              Kind.parsed(String.class, text -> Ridge.parse(text).label()),
              Ridge.CROSS_VALIDATION.label(),
              "how strongly compensation regularises matrices towards their old weights:"
                  + " chosen by `cross-validation` over samples, by `rule` (twice the number of"
                  + " inputs divided by the number of tokens), or a number above 0")
          .unit("ridge");

  private CompensationKeys() {}
}
