package dev.secateur.coordinator.report.plot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The styles of the lines of a plot. Lines of one setting have one colour and mark for all of its
 * models, and lines of one kind of model have one dash: no information is in the colour only.
 *
 * @param settings in their order
 * @param models in their order
 * @param lines by name
 * @param crowded whether there are too many to distinguish; then colours show the models
 */
record Strokes(
    List<String> settings, List<String> models, Map<String, Line> lines, boolean crowded) {
  private static final String PRUNED = "pruned";

  private static final Pattern MODEL =
      Pattern.compile("(?:^|, )((?:recovered|scratch|validation|pruned)(?:, validation)?)$");

  /** A setting's line of a model. */
  record Line(String setting, String model) {
    static Line of(String name) {
      Matcher model = MODEL.matcher(name);
      return model.find()
          ? new Line(name.substring(0, model.start()), model.group(1))
          : new Line(name, PRUNED);
    }
  }

  /** An entry of the legend. */
  record Entry(String name, Stroke stroke) {}

  static Strokes of(List<String> names) {
    Map<String, Line> lines = new LinkedHashMap<>();
    Set<String> settings = new LinkedHashSet<>();
    Set<String> models = new LinkedHashSet<>();
    for (String name : names) {
      Line line = Line.of(name);
      lines.put(name, line);
      settings.add(line.setting());
      models.add(line.model());
    }
    boolean crowded = settings.size() > Stroke.COLOURS * Stroke.shapes();
    return new Strokes(List.copyOf(settings), List.copyOf(models), lines, crowded);
  }

  Stroke of(String name) {
    Line line = lines.get(name);
    int model = models.indexOf(line.model());
    if (crowded) {
      return new Stroke(model, 0, model);
    }
    int setting = settings.indexOf(line.setting());
    return new Stroke(setting % Stroke.COLOURS, model, setting);
  }

  /**
   * All lines. Where that is shorter the settings, and then what tells their models apart; where
   * they are too many the models alone.
   */
  List<Entry> legend() {
    boolean parts = settings.size() + models.size() < lines.size();
    if (!crowded && !parts) {
      return lines.keySet().stream().map(name -> new Entry(name, of(name))).toList();
    }
    List<Entry> entries = new ArrayList<>();
    if (!crowded) {
      for (int i = 0; i < settings.size(); i++) {
        entries.add(new Entry(settings.get(i), new Stroke(i % Stroke.COLOURS, 0, i)));
      }
    }
    for (int i = 0; i < models.size(); i++) {
      Stroke stroke = crowded ? new Stroke(i, 0, i) : new Stroke(Stroke.INK, i, 0);
      entries.add(new Entry(models.get(i), stroke));
    }
    return entries;
  }
}
