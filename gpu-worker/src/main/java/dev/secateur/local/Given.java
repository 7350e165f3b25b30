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

/**
 * Parts of the work of a {@link PruneJob} that come from elsewhere.
 *
 * @param scores a file of scores, checked when the job runs
 * @param recipe the whole result, whose point the job is of
 */
public record Given(Optional<Path> scores, Optional<Recipe> recipe) {
  public static final Given NOTHING = new Given(Optional.empty(), Optional.empty());

  boolean isAnything() {
    return scores.isPresent() || recipe.isPresent();
  }

  /** The scores of the file. */
  List<MemberScores> scores(PointPruning pruning, Criterion criterion) {
    return GivenScores.read(scores.orElseThrow(), Optional.of(criterion.label()))
        .of(pruning.structures(), pruning.eligible());
  }

  /** Adds to a recipe's provenance where its scores come from. */
  void describe(Map<String, String> provenance) {
    scores.ifPresent(
        file -> {
          provenance.put("scores", file.toString());
          provenance.put("scores_sha256", PruneJob.hash(file));
        });
  }
}
