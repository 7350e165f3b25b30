package dev.secateur.estimation;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Scores from elsewhere, in the format of {@link StoredScores}: a safetensors file of float tensors
 * (units), {@code criterion/structure/member}. A structure has as many members as the model's, or a
 * single one, which is then the unit's score.
 *
 * @param criterion what the file calls it
 */
public record GivenScores(Path file, String criterion, Map<String, List<double[]>> byStructure) {

  /**
   * Reads a file.
   *
   * @param wanted which criterion of the file, where it holds several
   * @throws InputException naming the file and the tensor or the structure that is wrong
   */
  public static GivenScores read(Path file, Optional<String> wanted) {
    try (SafetensorsFile scores = SafetensorsFile.open(file)) {
      Set<String> criteria = new TreeSet<>();
      for (String tensor : scores.tensors().keySet()) {
        criteria.add(parts(tensor, file)[0]);
      }
      String criterion = chosen(file, criteria, wanted);
      Map<String, TreeMap<Integer, double[]>> found = new LinkedHashMap<>();
      for (String tensor : scores.tensors().keySet()) {
        String[] parts = parts(tensor, file);
        if (parts[0].equals(criterion)) {
          found
              .computeIfAbsent(parts[1], any -> new TreeMap<>())
              .put(Integer.parseInt(parts[2]), values(scores, tensor, file));
        }
      }
      Map<String, List<double[]>> byStructure = new LinkedHashMap<>();
      found.forEach(
          (structure, members) -> byStructure.put(structure, inOrder(structure, members, file)));
      return new GivenScores(file, criterion, byStructure);
    }
  }

  /** Criterion, structure, whose name may have slashes, and member. */
  private static String[] parts(String tensor, Path file) {
    int first = tensor.indexOf('/');
    int last = tensor.lastIndexOf('/');
    if (first < 1 || last <= first + 1 || !tensor.substring(last + 1).matches("\\d{1,6}")) {
      throw new InputException(
          file
              + ": tensor '"
              + tensor
              + "' is not named CRITERION/STRUCTURE/MEMBER, such as l2/layers.0.mlp/0");
    }
    return new String[] {
      tensor.substring(0, first), tensor.substring(first + 1, last), tensor.substring(last + 1)
    };
  }

  private static String chosen(Path file, Set<String> criteria, Optional<String> wanted) {
    if (criteria.isEmpty()) {
      throw new InputException(file + ": has no scores");
    } else if (wanted.isPresent() && criteria.contains(wanted.get())) {
      return wanted.get();
    } else if (criteria.size() > 1 || wanted.isPresent()) {
      throw new InputException(
          file
              + ": has scores by "
              + String.join(", ", criteria)
              + wanted.map(name -> ", not by " + name).orElse("; choose one by the criterion"));
    }
    return criteria.iterator().next();
  }

  private static double[] values(SafetensorsFile scores, String tensor, Path file) {
    int dimensions = scores.tensor(tensor).shape().length;
    if (dimensions != 1) {
      throw new InputException(
          file + ": tensor '" + tensor + "' has " + dimensions + " dimensions, not one (units)");
    }
    double[] values = scores.reals(tensor);
    for (int unit = 0; unit < values.length; unit++) {
      if (!Double.isFinite(values[unit])) {
        throw new InputException(
            file
                + ": structure '"
                + parts(tensor, file)[1]
                + "': the score of unit "
                + unit
                + " in '"
                + tensor
                + "' is "
                + values[unit]
                + "; nothing is pruned by scores that are not finite");
      }
    }
    return values;
  }

  private static List<double[]> inOrder(
      String structure, TreeMap<Integer, double[]> members, Path file) {
    if (members.lastKey() != members.size() - 1) {
      throw new InputException(
          file
              + ": structure '"
              + structure
              + "': has member "
              + members.lastKey()
              + ", but "
              + members.size()
              + " in all; members are counted from 0 without gaps");
    }
    return List.copyOf(members.values());
  }

  /**
   * The scores of a model's structures.
   *
   * @param all that the model has, of every strategy
   * @param wanted those that need scores
   * @throws InputException naming the file and the structure that lacks scores, is none of the
   *     model's, or has other units
   */
  public List<MemberScores> of(List<CoupledStructure> all, List<CoupledStructure> wanted) {
    Map<String, CoupledStructure> known = new LinkedHashMap<>();
    all.forEach(structure -> known.put(structure.name(), structure));
    wanted.forEach(structure -> known.put(structure.name(), structure));
    byStructure.forEach((name, members) -> check(known, name, members));
    List<MemberScores> scores =
        wanted.stream()
            .map(s -> new MemberScores(s.name(), byStructure.getOrDefault(s.name(), List.of())))
            .toList();
    checkAll(file.toString(), wanted, scores);
    return scores;
  }

  /**
   * Checks that everything that may be pruned has scores.
   *
   * @param file that they are from
   * @throws InputException naming the first structure that has none
   */
  public static void checkAll(
      String file, List<CoupledStructure> wanted, List<MemberScores> scores) {
    for (int i = 0; i < wanted.size(); i++) {
      if (scores.get(i).members().isEmpty() && wanted.get(i).units() > 1) {
        throw new InputException(
            file + ": structure '" + wanted.get(i).name() + "': has no scores, but may be pruned");
      }
    }
  }

  private void check(Map<String, CoupledStructure> known, String name, List<double[]> members) {
    CoupledStructure structure = known.get(name);
    if (structure == null) {
      throw new InputException(
          file
              + ": structure '"
              + name
              + "' is not a structure of the model ('secateur inspect' lists them)");
    }
    for (double[] member : members) {
      if (member.length != structure.units()) {
        throw new InputException(
            String.format(
                "%s: structure '%s': has %d scores for %d units",
                file, name, member.length, structure.units()));
      }
    }
    if (members.size() != 1 && members.size() != structure.members().size()) {
      throw new InputException(
          String.format(
              "%s: structure '%s': has scores of %d members; give scores of its %d members,"
                  + " or a single score per unit",
              file, name, members.size(), structure.members().size()));
    }
  }
}
