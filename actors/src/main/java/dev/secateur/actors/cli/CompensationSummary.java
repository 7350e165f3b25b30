package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.compensation.Fitted;
import java.util.List;
import java.util.Locale;

/** The results of refitting matrices, as commands print them. */
record CompensationSummary(List<Fitted> fitted) {
  private double before() {
    return fitted.stream().mapToDouble(Fitted::before).sum();
  }

  private double after() {
    return fitted.stream().mapToDouble(Fitted::after).sum();
  }

  /** In a line. */
  String line() {
    if (fitted.isEmpty()) {
      return "compensation: no matrix to refit, since nothing is removed";
    }
    double least = fitted.stream().mapToDouble(Fitted::ridge).min().orElseThrow();
    double most = fitted.stream().mapToDouble(Fitted::ridge).max().orElseThrow();
    return String.format(
        Locale.ROOT,
        "compensation: %d matrices refitted, ridge %s, squared error %.4g of %.4g left",
        fitted.size(),
        least == most
            ? String.format(Locale.ROOT, "%.3g", least)
            : String.format(Locale.ROOT, "%.3g to %.3g", least, most),
        after(),
        before());
  }

  /** Each matrix with its ridge and its errors. */
  void putInto(ObjectNode root) {
    var all = root.putArray("compensation");
    for (Fitted one : fitted) {
      all.addObject()
          .put("matrix", one.matrix())
          .put("inputs", one.inputs())
          .put("ridge", one.ridge())
          .put("error_before", one.before())
          .put("error_after", one.after());
    }
  }
}
