package dev.secateur.coordinator.report.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the lines of a plot look. Those of one setting have one colour and mark, whichever of its
 * models they are of, and those of one kind of model have one dash: colour alone says nothing.
 *
 * @param settings in their order
 * @param models in their order
 * @param lines by name
 * @param crowded more than can be told apart; then colours tell the models
 */
record Strokes(
    List<String> settings, List<String> models, Map<String, Line> lines, boolean crowded) {
  private static final int COLOURS = 7;
  private static final int DASHES = 4;
  private static final String PRUNED = "pruned";

  private static final Pattern MODEL =
      Pattern.compile("(?:^|, )((?:recovered|scratch|validation|pruned)(?:, validation)?)$");

  /** Around 0 0: a square, a triangle, a diamond, a cross. */
  private static final List<String> SHAPES =
      List.of(
          "M-3.5-3.5H3.5V3.5H-3.5Z",
          "M0-4.5L4.5 3.5H-4.5Z",
          "M0-5L5 0L0 5L-5 0Z",
          "M-4-4L4 4M4-4L-4 4");

  /** A setting's line of a model. */
  record Line(String setting, String model) {
    static Line of(String name) {
      Matcher model = MODEL.matcher(name);
      return model.find()
          ? new Line(name.substring(0, model.start()), model.group(1))
          : new Line(name, PRUNED);
    }
  }

  /** A line of the legend. */
  record Entry(String name, String classes, String shape) {}

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
    boolean crowded = settings.size() > COLOURS * SHAPES.size();
    return new Strokes(List.copyOf(settings), List.copyOf(models), lines, crowded);
  }

  /** The classes of a line. */
  String of(String name) {
    Line line = lines.get(name);
    int model = models.indexOf(line.model());
    return crowded
        ? "c" + model % COLOURS
        : "c" + settings.indexOf(line.setting()) % COLOURS + " d" + model % DASHES;
  }

  /** The path of a line's mark. */
  String shape(String name) {
    Line line = lines.get(name);
    int of = crowded ? models.indexOf(line.model()) : settings.indexOf(line.setting());
    return SHAPES.get(of % SHAPES.size());
  }

  /** All lines, or where those are too many the models. */
  List<Entry> legend() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    lines.forEach(
        (name, line) -> {
          String shown = crowded ? line.model() : name;
          entries.putIfAbsent(shown, new Entry(shown, of(name), shape(name)));
        });
    return new ArrayList<>(entries.values());
  }
}
