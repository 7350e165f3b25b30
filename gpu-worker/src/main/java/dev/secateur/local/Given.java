package dev.secateur.local;

import dev.secateur.estimation.GivenScores;
import dev.secateur.estimation.MemberScores;
import dev.secateur.protocol.Criterion;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Recipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What of the work of a {@link PruneJob} is not computed, but comes from elsewhere. */
public sealed interface Given {
  Given NOTHING = new Nothing();

  /** All is computed. */
  record Nothing() implements Given {}

  /** A file of scores, checked when the job runs. */
  record Scores(Path file) implements Given {
    List<MemberScores> read(PointPruning pruning, Criterion criterion) {
      return GivenScores.read(file, Optional.of(criterion.label()))
          .of(pruning.structures(), pruning.eligible());
    }

    /** Adds to a recipe's provenance where its scores come from. */
    void describe(Map<String, String> provenance) {
      provenance.put("scores", file.toString());
      provenance.put("scores_sha256", PruneJob.hash(file));
    }
  }

  /** The whole result, whose point the job is of. */
  record Result(Recipe recipe) implements Given {}
}
