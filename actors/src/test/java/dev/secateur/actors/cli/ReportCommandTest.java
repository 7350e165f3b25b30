package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables and plots from run folders; no coordinator runs. */
class ReportCommandTest {
  private static final Path GOLDEN =
      Path.of(
          System.getProperty("secateur.root"),
          "coordinator/src/test/resources/results/results.json");

  @TempDir private Path folder;
  private Path run;

  @BeforeEach
  void keepARun() throws Exception {
    run = Files.createDirectories(folder.resolve("run"));
    Files.copy(GOLDEN, run.resolve("results.json"));
  }

  private static Cli.Result done(String... arguments) {
    Cli.Result result = Cli.here(arguments);
    assertThat(result.code()).as(result.err()).isZero();
    return result;
  }

  @Test
  void printsATableOfARunsFolder() {
    assertThat(done("report", run.toString()).out())
        .contains("ppl recovered", "perplexity 70.0 is over 60.0", "average recovered")
        .contains("\naverage: mean of 1 task: wordnet acc\n");
  }

  @Test
  void putsSeveralRunsTogetherInAnyFormat() throws Exception {
    Path file = Files.copy(GOLDEN, folder.resolve("other.json"));
    String table =
        done("report", run.toString(), file.toString(), "--columns", "run,trial", "--format", "csv")
            .out();
    assertThat(table).startsWith("run,trial\r\nsweep,0\r\n").contains("sweep-2,5\r\n");
    assertThat(done("report", run.toString(), "--format", "markdown").out())
        .contains("| **Ratio = 0.25, w/ tune** |");
    assertThat(done("report", run.toString(), "--sort", "-ratio", "--columns", "ratio").out())
        .startsWith("ratio\n  0.5\n  0.5\n 0.25\n");
  }

  @Test
  void writesAFolderWithTablesPlotsAndProvenance() throws Exception {
    Path out = folder.resolve("paper");
    String written = done("report", run.toString(), "--out", out.toString()).out();
    assertThat(written.lines().map(Path::of)).allSatisfy(file -> assertThat(file).isNotEmptyFile());
    assertThat(written.lines().map(line -> Path.of(line).getFileName().toString()))
        .contains("report.md", "report.csv", "report.json", "report.tex")
        .contains("perplexity-by-parameters.png", "perplexity-by-parameters.svg");
    assertThat(Files.readString(out.resolve("report.md")))
        .contains("## Provenance", "written by a version that did not store provenance")
        .contains("](perplexity-by-parameters.svg)");
  }

  @Test
  void writesAPage() throws Exception {
    Path page = folder.resolve("pages/all.html");
    String[] asked = {"report", run.toString(), "--html", page.toString(), "--sort", "-ratio"};
    assertThat(done(asked).out()).isEqualTo(page + "\n");
    assertThat(page)
        .content()
        .startsWith("<!DOCTYPE html>")
        .contains("<h1 dir=\"auto\">sweep</h1>", "evaluation &quot;e&quot; failed")
        .contains("<svg");
    Cli.Result folderInTheWay = Cli.here("report", run.toString(), "--html", folder.toString());
    assertThat(folderInTheWay.code()).isEqualTo(2);
    assertThat(folderInTheWay.err()).contains("is a folder; give a file");
    assertThat(Cli.here(with(asked, "--layout=paper")).err()).contains("remove them");
    assertThat(Cli.here("results", "s-1", "--html", page.toString(), "--csv").err())
        .contains("can't be combined with --csv");
  }

  @Test
  void plotsToTheFileThatIsAskedFor() {
    Path plot = folder.resolve("plots/ppl");
    String[] common = {"plot", run.toString(), "--x", "ratio", "--y", "accuracy", "--out"};
    assertThat(done(with(common, plot.toString())).out().lines())
        .containsExactly(plot + ".png", plot + ".svg");
    assertThat(done(with(common, plot + "2.svg")).out().lines()).containsExactly(plot + "2.svg");
    assertThat(Path.of(plot + ".png")).isNotEmptyFile();
    assertThat(Path.of(plot + "2.png")).doesNotExist();
  }

  private static String[] with(String[] arguments, String last) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = last;
    return all;
  }

  @Test
  void printsPointsAndTellsWhatTheyLeaveOut() {
    Cli.Result points =
        done("plot", run.toString(), "--x", "strategy", "--series", "ratio", "--points");
    assertThat(points.out())
        .startsWith("series,x,y,deviation,n,standard_error\r\n")
        .contains("ratio 0.1,block,");
    assertThat(points.err()).contains("1 non-finite values are left out");
  }

  @Test
  void saysWhatIsWrongInALine() throws Exception {
    Cli.Result empty = Cli.here("report", folder.toString());
    assertThat(empty.code()).isEqualTo(2);
    assertThat(empty.err()).hasLineCount(1).contains("there is no results.json");
    Files.writeString(run.resolve("results.json"), "{\"trials\": 3}");
    Cli.Result broken = Cli.here("plot", run.toString(), "--x", "ratio");
    assertThat(broken.code()).isEqualTo(2);
    assertThat(broken.err()).contains("results.json: is not the results of a sweep");
    assertThat(Cli.here("plot", GOLDEN.toString(), "--x", "ration").err())
        .contains("did you mean 'ratio'?");
  }
}
