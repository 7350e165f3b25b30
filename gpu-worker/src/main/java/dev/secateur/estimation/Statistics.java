package dev.secateur.estimation;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named measurements of a model on calibration samples, from which scores are computed. The
 * statistics of parts of the samples, or of the units, add up.
 */
public final class Statistics {
  private final Map<String, double[]> byName = new LinkedHashMap<>();

  /** Every statistic by name. */
  public Map<String, double[]> byName() {
    return byName;
  }

  /** Adds values to those of the name. */
  public void add(String name, double[] values) {
    double[] sum = byName.get(name);
    if (sum == null) {
      byName.put(name, values.clone());
    } else {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += values[i];
      }
    }
  }

  /**
   * @throws IllegalStateException when there is none of that name
   */
  double[] get(String name) {
    double[] values = byName.get(name);
    if (values == null) {
      throw new IllegalStateException("nothing was measured for '" + name + "'");
    }
    return values;
  }
}
