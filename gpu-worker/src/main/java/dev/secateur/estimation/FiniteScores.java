package dev.secateur.estimation;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Criterion;
import java.util.List;

/** Checks that every score is finite before anything is ranked by it. */
final class FiniteScores {
  private FiniteScores() {}

  /**
   * The scores as they are.
   *
   * @param scores of each structure, in the structures' order
   * @throws ArithmeticException naming the structure, the tensor and the unit of the first score
   *     that is infinite or not a number
   */
  static List<MemberScores> checked(
      Decoder decoder,
      List<CoupledStructure> structures,
      Criterion criterion,
      List<MemberScores> scores) {
    for (int s = 0; s < scores.size(); s++) {
      CoupledStructure structure = structures.get(s);
      List<double[]> members = scores.get(s).members();
      for (int m = 0; m < members.size(); m++) {
        double[] units = members.get(m);
        for (int unit = 0; unit < units.length; unit++) {
          if (!Double.isFinite(units[unit])) {
            boolean whole = members.size() != structure.members().size();
            throw new ArithmeticException(
                "structure '"
                    + structure.name()
                    + "': the score of unit "
                    + unit
                    + " by '"
                    + criterion.label()
                    + "' is "
                    + units[unit]
                    + (whole ? "" : ", from tensor '" + tensor(decoder, structure, m, unit) + "'")
                    + "; nothing is pruned by scores that are not finite");
          }
        }
      }
    }
    return scores;
  }

  private static String tensor(Decoder decoder, CoupledStructure structure, int member, int unit) {
    return structure.parameter(decoder, structure.members().get(member), unit);
  }
}
