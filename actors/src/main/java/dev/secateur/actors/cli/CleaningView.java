package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;

/** What was removed from a coordinator's disk and database, as a table. */
final class CleaningView {
  private static final double MEBIBYTE = 1 << 20;

  private CleaningView() {}

  static void print(JsonNode answer, PrintWriter out) {
    boolean dryRun = answer.get("dry_run").asBoolean();
    out.printf(
        Locale.ROOT,
        "%-20s %8s %14s %14s %14s%n",
        dryRun ? "would go" : "removed",
        "count",
        "MiB",
        "MiB before",
        "MiB after");
    long count = 0;
    long bytes = 0;
    long before = 0;
    for (JsonNode one : answer.get("removed")) {
      line(
          one.get("sort").asText(),
          one.get("count").asLong(),
          one.get("bytes").asLong(),
          one.get("bytes_before").asLong(),
          out);
      count += one.get("count").asLong();
      bytes += one.get("bytes").asLong();
      before += one.get("bytes_before").asLong();
    }
    line("all", count, bytes, before, out);
    if (dryRun) {
      leftovers(answer.path("leftovers"), out);
    }
  }

  /** What was left behind, and where; a coordinator of an older version does not tell. */
  private static void leftovers(JsonNode all, PrintWriter out) {
    for (JsonNode one : all) {
      out.printf(
          Locale.ROOT,
          "%-20s %23.2f MiB  %s:%s%n",
          one.get("sort").asText(),
          one.get("bytes").asLong() / MEBIBYTE,
          one.get("node").asText(),
          one.get("path").asText());
    }
  }

  private static void line(String sort, long count, long bytes, long before, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-20s %8d %14.2f %14.2f %14.2f%n",
        sort,
        count,
        bytes / MEBIBYTE,
        before / MEBIBYTE,
        (before - bytes) / MEBIBYTE);
  }
}
