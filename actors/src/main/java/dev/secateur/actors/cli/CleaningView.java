package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import java.io.PrintWriter;
import java.util.Locale;

/** What was removed from a coordinator's disk and database, as a table. */
final class CleaningView {
  private static final double MEBIBYTE = 1 << 20;

  private CleaningView() {}

  static void print(JsonNode answer, PrintWriter out) {
    boolean dryRun = answer.get("dry_run").asBoolean();
    AlignedTable table =
        new AlignedTable(
            Head.words(dryRun ? "would go" : "removed"),
            Head.numbers("count"),
            Head.numbers("MiB"),
            Head.numbers("MiB before"),
            Head.numbers("MiB after"));
    long count = 0;
    long bytes = 0;
    long before = 0;
    for (JsonNode one : answer.get("removed")) {
      add(
          one.get("sort").asText(),
          one.get("count").asLong(),
          one.get("bytes").asLong(),
          one.get("bytes_before").asLong(),
          table);
      count += one.get("count").asLong();
      bytes += one.get("bytes").asLong();
      before += one.get("bytes_before").asLong();
    }
    add("all", count, bytes, before, table);
    table.print(out);
    if (dryRun) {
      leftovers(answer.path("leftovers"), out);
    }
  }

  /** What was left behind, and where; a coordinator of an older version does not tell. */
  private static void leftovers(JsonNode all, PrintWriter out) {
    AlignedTable table = new AlignedTable(Head.words(""), Head.numbers(""), Head.words(""));
    for (JsonNode one : all) {
      table.add(
          one.get("sort").asText(),
          mebibytes(one.get("bytes").asLong()) + " MiB",
          one.get("node").asText() + ":" + one.get("path").asText());
    }
    table.print(out);
  }

  private static void add(String sort, long count, long bytes, long before, AlignedTable table) {
    table.add(sort, count, mebibytes(bytes), mebibytes(before), mebibytes(before - bytes));
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / MEBIBYTE);
  }
}
