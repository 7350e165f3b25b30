package dev.secateur.actors.cli;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.coordinator.report.page.ReportPage;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Results as a page. */
final class PageOption {
  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "Write one HTML page to this file: table, plots, failures, losses, generated texts,"
              + " configuration and provenance. It needs no server, no script and no other file."
              + " --columns, --sort, --group, --each and --reference shape its first table.")
  private Path file;

  boolean isGiven() {
    return file != null;
  }

  /**
   * Writes the page; returns its file.
   *
   * @throws InputException when the file is a folder, or the options say how to print a table
   */
  Path write(List<Run> runs, TableOptions table) throws IOException {
    if (Files.isDirectory(file)) {
      throw new InputException(
          "--html " + file + ": is a folder; give a file, such as report.html");
    }
    AtomicFile.write(file, ReportPage.of(runs, table.choiceOfPage()));
    return file;
  }
}
