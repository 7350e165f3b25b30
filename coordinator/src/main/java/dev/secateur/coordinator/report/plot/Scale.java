package dev.secateur.coordinator.report.plot;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * An axis of numbers.
 *
 * @param least at its start
 * @param most at its end
 * @param decades whether equal distances are equal factors
 */
record Scale(double least, double most, boolean decades) {
  private static final double MARGIN = 0.04;

  /** Wide enough for all values, which are finite. */
  static Scale of(DoubleStream values, boolean decades) {
    double[] all = values.map(value -> decades ? Math.log10(value) : value).sorted().toArray();
    double least = all[0];
    double most = all[all.length - 1];
    double margin = MARGIN * (most - least);
    if (margin == 0) {
      margin = least == 0 ? 1 : Math.abs(least) / 10;
    }
    return decades
        ? new Scale(Math.pow(10, least - margin), Math.pow(10, most + margin), true)
        : new Scale(least - margin, most + margin, false);
  }

  /** Where a value is: 0 at the start, 1 at the end. */
  double place(double value) {
    return decades
        ? Math.log(value / least) / Math.log(most / least)
        : (value - least) / (most - least);
  }

  /** Round values on it. */
  List<BigDecimal> ticks() {
    if (decades) {
      List<BigDecimal> found = tens(1, 2, 5);
      List<BigDecimal> ticks = found.size() > 8 ? tens(1) : found;
      if (ticks.size() > 2) {
        return ticks;
      }
    }
    double rough = (most - least) / 5;
    double ten = Math.pow(10, Math.floor(Math.log10(rough)));
    double share = rough / ten;
    double step = ten * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
    BigDecimal exact = new BigDecimal(String.format(Locale.ROOT, "%.0e", step));
    List<BigDecimal> ticks = new ArrayList<>();
    BigDecimal tick =
        BigDecimal.valueOf(least).divide(exact, 0, RoundingMode.CEILING).multiply(exact);
    for (; tick.doubleValue() <= most; tick = tick.add(exact)) {
      ticks.add(tick);
    }
    return ticks;
  }

  private List<BigDecimal> tens(int... factors) {
    List<BigDecimal> found = new ArrayList<>();
    int last = (int) Math.floor(Math.log10(most));
    for (int power = (int) Math.floor(Math.log10(least)); power <= last; power++) {
      for (int factor : factors) {
        BigDecimal tick = BigDecimal.valueOf(factor).scaleByPowerOfTen(power);
        if (tick.doubleValue() >= least && tick.doubleValue() <= most) {
          found.add(tick);
        }
      }
    }
    return found;
  }

  /** As it stands at a tick. */
  static String label(BigDecimal tick) {
    return tick.abs().doubleValue() >= 1e7
        ? String.format(Locale.ROOT, "%.3g", tick)
        : tick.stripTrailingZeros().toPlainString();
  }
}
