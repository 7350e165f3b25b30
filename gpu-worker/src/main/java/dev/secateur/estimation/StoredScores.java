package dev.secateur.estimation;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.protocol.Criterion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores as stored: one float64 tensor (units) for each criterion, structure and member, named
 * {@code criterion/structure/member}.
 */
public final class StoredScores {
  private StoredScores() {}

  /** A structure's scores as tensors of a safetensors file. */
  public static List<Tensor> tensors(Criterion criterion, MemberScores scores) {
    List<Tensor> tensors = new ArrayList<>();
    for (int m = 0; m < scores.members().size(); m++) {
      double[] member = scores.members().get(m);
      tensors.add(Tensor.of(name(criterion, scores.structure(), m), member, member.length));
    }
    return tensors;
  }

  /** The scores of structures. */
  public static List<MemberScores> read(
      Path file, Criterion criterion, List<CoupledStructure> structures) {
    try (SafetensorsFile scores = SafetensorsFile.open(file)) {
      return structures.stream().map(s -> read(scores, criterion, s.name())).toList();
    }
  }

  private static MemberScores read(SafetensorsFile scores, Criterion criterion, String structure) {
    List<double[]> members = new ArrayList<>();
    String name = name(criterion, structure, 0);
    while (scores.tensors().containsKey(name)) {
      members.add(scores.reals(name));
      name = name(criterion, structure, members.size());
    }
    return new MemberScores(structure, List.copyOf(members));
  }

  private static String name(Criterion criterion, String structure, int member) {
    return criterion.label() + "/" + structure + "/" + member;
  }
}
