package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Profiles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The measured time of a model's forward pass on one device, and the time saved by removing units
 * of one structure.
 *
 * <p>The time of a pass is assumed to be the sum of its embedding, blocks and head, and savings of
 * structures to add up. A measured narrower structure may be slower than a wider one. The times of
 * each structure are therefore replaced by the nearest ones, in the sum of squares, that never rise
 * as units are removed: isotonic regression by pooling adjacent violators (Ayer and others, Annals
 * of Mathematical Statistics 26, 1955).
 *
 * @param forward seconds of the whole model's pass
 * @param seconds of each structure's block, by the structure's name: whole, and without as many
 *     units as each of {@link Profiles#levels} says
 */
public record LatencyTable(double forward, Map<String, double[]> seconds) {
  /** A budget is counted in parts of the whole model's time. */
  static final int PARTS = 1 << 16;

  /**
   * @throws IllegalArgumentException naming what is no time
   */
  public LatencyTable {
    if (!(forward > 0) || Double.isInfinite(forward)) {
      throw new IllegalArgumentException("the whole model's pass takes " + forward + " s");
    }
    Map<String, double[]> copies = new HashMap<>();
    seconds.forEach(
        (name, times) -> {
          for (double time : times) {
            if (!(time > 0) || Double.isInfinite(time)) {
              throw new IllegalArgumentException(
                  "the block of structure '" + name + "' takes " + time + " s");
            }
          }
          copies.put(name, times.clone());
        });
    seconds = Map.copyOf(copies);
  }

  /** The nearest numbers that never rise; of equal weight. */
  static double[] falling(double[] numbers) {
    double[] means = new double[numbers.length];
    int[] sizes = new int[numbers.length];
    int pools = 0;
    for (double number : numbers) {
      means[pools] = number;
      sizes[pools] = 1;
      while (pools > 0 && means[pools - 1] < means[pools]) {
        int size = sizes[pools - 1] + sizes[pools];
        means[pools - 1] =
            (means[pools - 1] * sizes[pools - 1] + means[pools] * sizes[pools]) / size;
        sizes[pools - 1] = size;
        pools--;
      }
      pools++;
    }
    double[] falling = new double[numbers.length];
    int at = 0;
    for (int pool = 0; pool < pools; pool++) {
      for (int i = 0; i < sizes[pool]; i++) {
        falling[at++] = means[pool];
      }
    }
    return falling;
  }

  /** Of a structure that has levels, its times as they are used. */
  private double[] times(CoupledStructure structure) {
    double[] measured = seconds.get(structure.name());
    if (measured == null || measured.length != Profiles.levels(structure).length + 1) {
      throw new IllegalStateException(
          "the timing of '" + structure.name() + "' is missing or of another model");
    }
    return falling(measured);
  }

  /**
   * What a structure saves without no unit and at each of its levels, in {@link #PARTS} of the
   * whole model's time, rounded down.
   */
  List<Long> savings(CoupledStructure structure) {
    double[] times = times(structure);
    List<Long> savings = new ArrayList<>();
    for (double time : times) {
      savings.add((long) Math.floor((times[0] - time) / forward * PARTS));
    }
    return savings;
  }

  /**
   * Seconds of the pass without the units of some groups; between two levels times are in
   * proportion.
   *
   * @param structures those of the groups among them
   */
  public double predicted(Collection<CoupledStructure> structures, List<Recipe.Group> groups) {
    Map<String, Integer> gone = new HashMap<>();
    groups.forEach(group -> gone.put(group.name(), group.removed().size()));
    double left = forward;
    for (CoupledStructure structure : structures) {
      int units = gone.getOrDefault(structure.name(), 0);
      if (units > 0) {
        double[] times = times(structure);
        left -= times[0] - time(times, Profiles.levels(structure), units);
      }
    }
    return left;
  }

  private static double time(double[] times, int[] levels, int units) {
    int at = 0;
    while (levels[at] < units) {
      at++;
    }
    int before = at == 0 ? 0 : levels[at - 1];
    double share = (units - before) / (double) (levels[at] - before);
    return times[at] + share * (times[at + 1] - times[at]);
  }
}
