package dev.secateur.actors.cli;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.plot.Chart;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.study.PlotChoice;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur plot}: a plot of the trials of runs. */
@Command(
    name = "plot",
    mixinStandardHelpOptions = true,
    description = {
      "Plots results of one or several runs, from their folders.",
      "Draws lines if --x is a number, bars if it is a name. Trials that differ only in their"
          + " seeds, or in nothing that --series names, are repetitions: a point is their mean, and"
          + " its error bar their standard deviation."
    })
final class PlotCommand implements Callable<Integer> {
  /** A file's name with the ending of another format. */
  private static final String OTHER = "(?i).*\\.(?!png$|svg$)[a-z][a-z0-9]{1,4}";

  @Parameters(
      paramLabel = "RUN",
      arity = "1..*",
      description = "Folder of a run, or its results.json.")
  private List<Path> runs;

  @Option(
      names = "--x",
      paramLabel = "NAME",
      required = true,
      description =
          "ratio, removed, parameters, macs, memory, latency, layer, samples (of calibration), steps"
              + " (of recovery), strategy, criterion ..., or a key of the configuration.")
  private String x;

  @Option(
      names = "--y",
      paramLabel = "NAME",
      description =
          "perplexity (the default), a task, average, latency, loss ... loss and"
              + " validation_loss by steps plot the whole training curves.")
  private String y = "perplexity";

  @Option(
      names = "--series",
      paramLabel = "NAME",
      split = ",",
      description =
          "Settings that get a line each, separated by commas: strategy, criterion, run,"
              + " recovery.rank ... (default: all in which trials differ).")
  private List<String> series = List.of();

  @Option(
      names = "--models",
      paramLabel = "MODEL",
      split = ",",
      description = "before, pruned, recovered, scratch (default: all that have values).")
  private List<Evaluated> models = List.of();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "FILE.png, FILE.svg, or both if FILE has no extension (default: Y-by-X, both, in"
              + " this folder).")
  private Path out;

  @Option(names = "--points", description = "Print the points as CSV instead of drawing a plot.")
  private boolean points;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (out != null && out.getFileName().toString().matches(OTHER)) {
      throw new InputException("--out " + out + ": plots are written only as .png or .svg");
    }
    Plot plot = new PlotChoice(x, y, series, models).of(Run.read(runs));
    PrintWriter printed = spec.commandLine().getOut();
    if (points) {
      printed.print(TableFormat.CSV.write(plot.table()));
    } else {
      draw(Chart.of(plot), printed);
    }
    plot.notes().forEach(spec.commandLine().getErr()::println);
    printed.flush();
    return 0;
  }

  private void draw(Chart chart, PrintWriter printed) throws IOException {
    String name =
        out == null ? (y + "-by-" + x).replaceAll("[^A-Za-z0-9._-]", "_") : out.toString();
    if (out != null && out.toAbsolutePath().getParent() != null) {
      Files.createDirectories(out.toAbsolutePath().getParent());
    }
    String stem = name.replaceFirst("(?i)\\.(png|svg)$", "");
    if (!name.toLowerCase(Locale.ROOT).endsWith(".svg")) {
      write(Path.of(stem + ".png"), chart.png(), printed);
    }
    if (!name.toLowerCase(Locale.ROOT).endsWith(".png")) {
      write(Path.of(stem + ".svg"), chart.svg(), printed);
    }
  }

  private static void write(Path file, byte[] content, PrintWriter printed) throws IOException {
    AtomicFile.write(file, content);
    printed.println(file);
  }
}
