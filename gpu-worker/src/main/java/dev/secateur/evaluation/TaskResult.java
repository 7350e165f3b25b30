package dev.secateur.evaluation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * Accuracy on a task.
 *
 * @param acc share of questions whose most probable choice is right
 * @param accNorm the same, of log-likelihoods divided by the choices' lengths in characters
 * @param accStderr standard error of {@code acc}
 * @param accNormStderr standard error of {@code accNorm}
 * @param n questions
 * @param truncated requests that were too long for the model and were cut at the beginning
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TaskResult(
    double acc,
    @JsonProperty("acc_norm") Optional<Double> accNorm,
    @JsonProperty("acc_stderr") double accStderr,
    @JsonProperty("acc_norm_stderr") Optional<Double> accNormStderr,
    int n,
    int truncated) {

  /**
   * @param likelihoods of each question's choices
   */
  static TaskResult of(
      List<ChoiceQuestion> questions,
      List<double[]> likelihoods,
      boolean normalised,
      int truncated) {
    int n = questions.size();
    int right = 0;
    int rightNormalised = 0;
    for (int i = 0; i < n; i++) {
      ChoiceQuestion question = questions.get(i);
      double[] of = likelihoods.get(i);
      right += best(of) == question.answer() ? 1 : 0;
      double[] perCharacter = of.clone();
      for (int c = 0; c < of.length; c++) {
        String choice = question.choices().get(c);
        perCharacter[c] /= Math.max(1, choice.codePointCount(0, choice.length()));
      }
      rightNormalised += best(perCharacter) == question.answer() ? 1 : 0;
    }
    double acc = (double) right / n;
    double accNorm = (double) rightNormalised / n;
    return new TaskResult(
        acc,
        normalised ? Optional.of(accNorm) : Optional.empty(),
        standardError(acc, n),
        normalised ? Optional.of(standardError(accNorm, n)) : Optional.empty(),
        n,
        truncated);
  }

  /** The first of the largest. */
  private static int best(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** Of a mean of ones and zeros, from the sample's deviation. */
  private static double standardError(double mean, int n) {
    return n < 2 ? 0 : Math.sqrt(mean * (1 - mean) / (n - 1));
  }
}
