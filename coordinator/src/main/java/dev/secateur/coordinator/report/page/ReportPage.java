package dev.secateur.coordinator.report.page;

import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.PlotStyle;
import dev.secateur.coordinator.report.study.Report;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.study.TableChoice;
import dev.secateur.coordinator.report.study.TableChoice.Comparison;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One page about one or several runs: table, plots, failures, losses, texts, configuration and
 * provenance. It loads nothing from other hosts and runs no script: its policy forbids everything
 * but its own style sheet, by the hash of that.
 */
public final class ReportPage {
  /** The name of a sweep's page in its run folder. */
  public static final String FILE = "report.html";

  /** Trials in its tables, so that browsers can bear it. */
  private static final int MOST = 5_000;

  /** Trials in its plots, times those in its tables: the end of a sweep waits for the plots. */
  private static final int PLOTTED = 4;

  private static final String STYLE = PlotStyle.SHEET + style();

  private ReportPage() {}

  /**
   * The page, which the same runs make the same.
   *
   * @param choice of the first table; the second has every trial and column
   * @throws dev.secateur.protocol.InputException when a column of the choice is unknown
   */
  public static String of(List<Run> runs, TableChoice choice) {
    return of(runs, choice, MOST);
  }

  /**
   * @param most trials in its tables: the first, where the choice does not sort them
   */
  static String of(List<Run> runs, TableChoice choice, int most) {
    Html html = new Html();
    String names = runs.stream().map(Run::name).collect(Collectors.joining(", "));
    html.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en");
    head(html, Html.brief(names, 80));
    html.open("body").open("header");
    html.element("p", "Secateur, results of " + (runs.size() == 1 ? "a sweep" : "sweeps"));
    html.element("h1", Html.brief(names, 300), "dir", "auto");
    int all = Run.entries(runs).size();
    Collection<Plot> plots = Report.drawn(first(runs, most * PLOTTED)).values();
    contents(html, runs, !plots.isEmpty());
    html.closeLine().open("main").text("\n");
    section(html, "trials", "Trials");
    tables(html, runs, choice, most);
    html.closeLine();
    if (!plots.isEmpty()) {
      section(html, "plots", "Plots");
      if (all > most * PLOTTED) {
        html.element("p", "Of the first " + most * PLOTTED + " of " + all + " trials.");
      }
      html.open("div", "class", "plots");
      plots.forEach(plot -> PlotView.write(html, plot));
      html.closeLine().closeLine();
    }
    for (int i = 0; i < runs.size(); i++) {
      section(html, id(i), runs.size() == 1 ? "The run" : runs.get(i).name());
      RunView.write(html, runs.get(i));
      html.closeLine();
    }
    html.closeLine().closeLine().closeLine();
    return "<!DOCTYPE html>\n" + html.done();
  }

  private static void tables(Html html, List<Run> runs, TableChoice choice, int most) {
    List<Run> first = first(runs, most);
    boolean ofAll = !choice.sort().isEmpty() || choice.comparison() instanceof Comparison.WithTrial;
    int all = Run.entries(runs).size();
    String cut =
        all > most ? "The first " + most + " of " + all + " trials; results.csv has all." : "";
    TableView.write(html, "Trials", choice.of(ofAll ? runs : first));
    said(html, ofAll ? "" : cut);
    html.open("details").element("summary", "Every trial with every column");
    TableChoice every =
        new TableChoice(List.of("all"), List.of(), List.of(), true, new Comparison.None());
    TableView.write(html, "Every trial with every column", every.of(first));
    said(html, cut);
    html.closeLine();
  }

  private static void said(Html html, String text) {
    if (!text.isEmpty()) {
      html.element("p", text);
    }
  }

  private static List<Run> first(List<Run> runs, int most) {
    List<Run> first = new ArrayList<>();
    int left = most;
    for (Run run : runs) {
      List<TrialResult> trials = run.results().trials();
      int some = Math.min(left, trials.size());
      left -= some;
      first.add(run.with(trials.subList(0, some)));
    }
    return first;
  }

  private static void head(Html html, String names) {
    html.open("head").text("\n");
    html.empty("meta", "charset", "utf-8").text("\n");
    html.empty(
            "meta",
            "http-equiv",
            "Content-Security-Policy",
            "content",
            "default-src 'none'; style-src '"
                + hash(STYLE)
                + "'; base-uri 'none'; form-action 'none'")
        .text("\n");
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.empty("meta", "name", "referrer", "content", "no-referrer").text("\n");
    html.element("title", names + " \u2013 Secateur").text("\n");
    html.style(STYLE).closeLine();
  }

  private static void contents(Html html, List<Run> runs, boolean plots) {
    html.open("nav", "aria-label", "Contents").open("ul");
    entry(html, "trials", "Trials");
    if (plots) {
      entry(html, "plots", "Plots");
    }
    for (int i = 0; i < runs.size(); i++) {
      entry(html, id(i), runs.size() == 1 ? "The run" : runs.get(i).name());
    }
    html.close().closeLine();
  }

  private static void entry(Html html, String id, String title) {
    html.open("li").element("a", Html.brief(title, 60), "href", "#" + id).close();
  }

  private static void section(Html html, String id, String title) {
    html.open("section", "id", id).element("h2", Html.brief(title, 200), "dir", "auto");
  }

  private static String id(int run) {
    return "run-" + (run + 1);
  }

  private static String style() {
    try (InputStream sheet = ReportPage.class.getResourceAsStream("report.css")) {
      return new String(sheet.readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As policies name it. */
  private static String hash(String sheet) {
    try {
      byte[] sha =
          MessageDigest.getInstance("SHA-256").digest(sheet.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(sha);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
