package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;

/** Used and free disk space, in readable lines. */
final class DiskView {
  private static final double GIBIBYTE = 1 << 30;

  private DiskView() {}

  /** The places of a coordinator. */
  static void places(JsonNode places, PrintWriter out) {
    for (JsonNode place : places) {
      out.printf(
          Locale.ROOT,
          "%-9s %.2f GiB used%s, %s%n",
          place.get("place").asText(),
          place.get("used").asLong() / GIBIBYTE,
          place.has("free") ? ", " + gibibytes(place.get("free").asLong()) + " left" : "",
          place.get("path").asText());
    }
  }

  /** What is left to a worker; empty where it does not tell. */
  static String left(JsonNode worker) {
    JsonNode disk = worker.at("/capabilities/disk");
    return disk.isObject() ? gibibytes(disk.get("free").asLong()) + " disk left" : "";
  }

  private static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / GIBIBYTE);
  }
}
