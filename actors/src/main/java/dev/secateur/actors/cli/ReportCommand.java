package dev.secateur.actors.cli;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.coordinator.report.study.Report;
import dev.secateur.coordinator.report.study.Run;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur report}: the results of runs from their folders. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the results of one or several runs in one table, from their folders.",
      "It needs no coordinator."
    })
final class ReportCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "RUN",
      arity = "1..*",
      description = "Folder of a run, or its results.json.")
  private List<Path> runs;

  @Mixin private TableOptions table;

  @Mixin private PageOption page;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write a report to this folder: report.md with tables, plots and provenance, the"
              + " same tables as CSV, JSON and LaTeX, and the plots.")
  private Path out;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<Run> all = Run.read(runs);
    PrintWriter printed = spec.commandLine().getOut();
    if (page.isGiven()) {
      printed.println(page.write(all, table));
    }
    if (out == null && !page.isGiven()) {
      printed.print(table.write(all));
    } else if (out != null) {
      Files.createDirectories(out);
      write(Report.tables(all, table.choice()), printed);
      write(Report.plots(all), printed);
    }
    printed.flush();
    return 0;
  }

  private void write(Map<String, byte[]> files, PrintWriter printed) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = out.resolve(file.getKey());
      AtomicFile.write(path, file.getValue());
      printed.println(path);
    }
  }
}
