package dev.secateur.coordinator.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Writes a sweep's results into its run folder; each file appears whole or not at all. */
public final class ReportFiles {
  private static final ObjectMapper JSON = new ObjectMapper().registerModule(new Jdk8Module());

  private ReportFiles() {}

  /** {@code results.json} and {@code results.csv}. */
  public static void writeResults(SweepResults results, Path folder) throws IOException {
    Files.createDirectories(folder);
    replace(
        folder.resolve("results.json"), (json(results) + "\n").getBytes(StandardCharsets.UTF_8));
    replace(
        folder.resolve("results.csv"), ResultsTable.csv(results).getBytes(StandardCharsets.UTF_8));
  }

  /** One plot to a model and strategy, as PNG and SVG; returns the files. */
  public static List<Path> writePlots(SweepResults results, Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    for (PerplexityPlot plot : PerplexityPlot.of(results)) {
      files.add(folder.resolve(plot.name() + ".png"));
      replace(files.get(files.size() - 1), plot.png());
      files.add(folder.resolve(plot.name() + ".svg"));
      replace(files.get(files.size() - 1), plot.svg());
    }
    return files;
  }

  /** The results as JSON. */
  public static String json(SweepResults results) throws IOException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(results);
  }

  /** Writes a whole file: under a temporary name, forced to disk, renamed. */
  public static void replace(Path target, byte[] content) throws IOException {
    Path temporary = target.resolveSibling("." + target.getFileName() + ".part");
    try {
      Files.write(temporary, content);
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
