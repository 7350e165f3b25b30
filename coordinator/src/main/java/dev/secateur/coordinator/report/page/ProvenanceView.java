package dev.secateur.coordinator.report.page;

import dev.secateur.coordinator.config.SweepLabels;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.TrialSettings;
import dev.secateur.coordinator.report.markup.Html;
import java.util.Map;
import java.util.stream.Collectors;

/** The request, and how the numbers were made. */
final class ProvenanceView {
  private static final int LONGEST = 100_000;

  private ProvenanceView() {}

  static void write(Html html, Provenance of) {
    if (!of.isKnown()) {
      html.element("h3", "Configuration and provenance");
      html.element("p", "These results were written by a version that did not store provenance.");
      return;
    }
    html.element("h3", "Configuration");
    if (of.configuration().isEmpty()) {
      html.element("p", "Its text was not stored.");
    } else {
      html.element("pre", Html.brief(of.configuration(), LONGEST), "dir", "auto");
    }
    if (!of.settings().isEmpty()) {
      html.open("details").element("summary", "Every key with its effective value").open("dl");
      of.settings().forEach((key, value) -> RunView.said(html, key, TrialSettings.text(value)));
      html.close().closeLine();
    }
    html.element("h3", "Provenance").open("dl");
    RunView.said(html, "command", of.command());
    RunView.said(html, "sent by", of.client());
    RunView.said(html, "owner", of.owner());
    RunView.said(html, "labels", SweepLabels.words(of.labels()));
    RunView.said(html, "notes", of.notes());
    RunView.said(html, "submitted", of.submitted());
    RunView.said(html, "ended", of.ended().isEmpty() ? "not yet" : of.ended());
    RunView.said(
        html,
        "written by",
        "Secateur " + of.secateur() + ", code version " + of.codeVersion() + ", Java " + of.java());
    of.seeds().forEach((use, seeds) -> RunView.said(html, "seed of " + use, seeds.toString()));
    for (Provenance.Model model : of.models()) {
      String revision = model.revision().isEmpty() ? "" : "@" + model.revision();
      RunView.said(
          html, "model " + model.name(), model.source() + revision + ", SHA-256 " + model.sha256());
    }
    for (Provenance.Data data : of.data()) {
      RunView.said(html, data.use(), data.source() + ", SHA-256 " + data.sha256());
    }
    for (Provenance.Computed on : of.computed()) {
      RunView.said(
          html, on.stages() == 1 ? "1 stage by" : on.stages() + " stages by", words(on.machine()));
    }
    html.closeLine();
  }

  private static String words(Map<String, String> machine) {
    return machine.isEmpty()
        ? "an unknown machine"
        : machine.entrySet().stream()
            .map(one -> one.getKey() + " " + one.getValue())
            .collect(Collectors.joining(", "));
  }
}
