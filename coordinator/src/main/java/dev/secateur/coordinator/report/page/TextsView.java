package dev.secateur.coordinator.report.page;

import dev.secateur.coordinator.report.SampleTexts;
import dev.secateur.coordinator.report.SampleTexts.Sample;
import dev.secateur.coordinator.report.SampleTexts.Written;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.study.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The texts that the models of a run generated: for each trial and prompt, the models side by side.
 */
final class TextsView {
  /** Characters of all texts together, so that browsers can bear the page. */
  private static final int MOST = 4_000_000;

  private static final int LONGEST = 10_000;

  private TextsView() {}

  static void write(Html html, Run run) {
    if (run.texts().equals(SampleTexts.NONE)) {
      return;
    }
    html.element("h3", "What the models wrote");
    Map<Integer, List<Written>> byTrial = new LinkedHashMap<>();
    run.texts()
        .texts()
        .forEach(one -> byTrial.computeIfAbsent(one.trial(), any -> new ArrayList<>()).add(one));
    int left = MOST;
    int unsaid = 0;
    for (TrialResult trial : run.results().trials()) {
      List<Written> written = byTrial.getOrDefault(trial.trial(), List.of());
      int size = written.stream().mapToInt(TextsView::size).sum();
      if (size > left) {
        unsaid++;
      } else if (!written.isEmpty()) {
        left -= size;
        html.open("details").element("summary", Html.brief(trial.title(), 200), "dir", "auto");
        write(html, written);
        html.closeLine();
      }
    }
    if (unsaid > 0) {
      html.element("p", "samples.md has the texts of " + unsaid + " more trials.");
    }
  }

  private static int size(Written written) {
    return written.samples().stream()
        .mapToInt(one -> Math.min(LONGEST, one.prompt().length() + one.text().length()))
        .sum();
  }

  private static void write(Html html, List<Written> models) {
    Map<String, Map<String, String>> byPrompt = new LinkedHashMap<>();
    for (Written of : models) {
      if (!of.missing().isEmpty()) {
        html.element("p", of.model() + ": " + Html.brief(of.missing(), 1_000), "class", "notes");
      }
      for (Sample sample : of.samples()) {
        byPrompt
            .computeIfAbsent(sample.prompt(), any -> new LinkedHashMap<>())
            .merge(of.model(), sample.text(), (one, other) -> one + "\n\n" + other);
      }
    }
    byPrompt.forEach(
        (prompt, texts) -> {
          html.element("h4", Html.brief(prompt, LONGEST), "dir", "auto");
          html.open("div", "class", "texts");
          texts.forEach(
              (model, text) ->
                  html.open("figure")
                      .element("figcaption", model)
                      .element("pre", Html.brief(text, LONGEST), "dir", "auto")
                      .close());
          html.closeLine();
        });
  }
}
