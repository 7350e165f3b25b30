package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import dev.secateur.pruning.Recipe;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur compare}: in what two recipes differ. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description =
        "Shows which units both of two recipes remove, and which only one of them removes.")
final class CompareCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "RECIPE", description = "A recipe, or a folder with one.")
  private Path first;

  @Parameters(index = "1", paramLabel = "RECIPE", description = "Another.")
  private Path second;

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private record Row(String group, Set<Integer> both, Set<Integer> first, Set<Integer> second) {}

  @Override
  public Integer call() {
    Recipe a = read(first);
    Recipe b = read(second);
    List<Row> rows = rows(a, b);
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      out.println(json(a, b, rows).toPrettyString());
    } else {
      print(a, b, rows, out);
    }
    out.flush();
    return 0;
  }

  private static Recipe read(Path path) {
    return Recipe.read(Files.isDirectory(path) ? path.resolve("recipe.json") : path);
  }

  private static List<Row> rows(Recipe a, Recipe b) {
    Map<String, Set<Integer>> left = removed(a);
    Map<String, Set<Integer>> right = removed(b);
    Set<String> names = new LinkedHashSet<>(left.keySet());
    names.addAll(right.keySet());
    return names.stream()
        .map(
            name ->
                row(name, left.getOrDefault(name, Set.of()), right.getOrDefault(name, Set.of())))
        .toList();
  }

  private static Row row(String name, Set<Integer> left, Set<Integer> right) {
    Set<Integer> both = new TreeSet<>(left);
    both.retainAll(right);
    Set<Integer> first = new TreeSet<>(left);
    first.removeAll(right);
    Set<Integer> second = new TreeSet<>(right);
    second.removeAll(left);
    return new Row(name, both, first, second);
  }

  private static Map<String, Set<Integer>> removed(Recipe recipe) {
    Map<String, Set<Integer>> removed = new LinkedHashMap<>();
    recipe.groups().forEach(group -> removed.put(group.name(), new TreeSet<>(group.removed())));
    return removed;
  }

  private static String describe(Recipe recipe) {
    return recipe.strategy().label()
        + " "
        + recipe.ratio().toPlainString()
        + " "
        + recipe.criterion().label()
        + " "
        + recipe.aggregation().label();
  }

  private static ObjectNode json(Recipe a, Recipe b, List<Row> rows) {
    ObjectNode root = Json.object();
    root.put("first", describe(a)).put("second", describe(b));
    root.put("same_base", a.base().equals(b.base()));
    root.put("equal", rows.stream().allMatch(r -> r.first().isEmpty() && r.second().isEmpty()));
    ArrayNode groups = root.putArray("groups");
    for (Row row : rows) {
      ObjectNode node = groups.addObject().put("name", row.group());
      row.both().forEach(node.putArray("both")::add);
      row.first().forEach(node.putArray("first_only")::add);
      row.second().forEach(node.putArray("second_only")::add);
    }
    return root;
  }

  private static void print(Recipe a, Recipe b, List<Row> rows, PrintWriter out) {
    out.println("first:  " + describe(a));
    out.println("second: " + describe(b));
    if (!a.base().equals(b.base())) {
      out.println("the recipes are of different base checkpoints");
    }
    int both = rows.stream().mapToInt(row -> row.both().size()).sum();
    int one = rows.stream().mapToInt(row -> row.first().size()).sum();
    int other = rows.stream().mapToInt(row -> row.second().size()).sum();
    for (Row row : rows) {
      if (!row.first().isEmpty() || !row.second().isEmpty()) {
        out.printf(
            "%s: both %d; only the first %s; only the second %s%n",
            row.group(), row.both().size(), row.first(), row.second());
      }
    }
    out.printf(
        "units removed: %d by both, %d only by the first, %d only by the second%n",
        both, one, other);
  }
}
