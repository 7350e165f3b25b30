package dev.secateur.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/** Accuracy on a task. */
public sealed interface TaskResult {
  /** Share of questions whose most probable choice is right. */
  double acc();

  /** Standard error of {@code acc}. */
  double accStderr();

  /**
   * The same as {@code acc}, of log-likelihoods divided by the choices' lengths in characters;
   * empty for tasks that are not known by it.
   */
  Optional<Double> accNorm();

  /** Questions. */
  int n();

  /** Requests that were too long for the model and were cut at the beginning. */
  int truncated();

  /** Of a task with one accuracy. */
  record Plain(double acc, @JsonProperty("acc_stderr") double accStderr, int n, int truncated)
      implements TaskResult {
    @Override
    public Optional<Double> accNorm() {
      return Optional.empty();
    }
  }

  /** Of a task with a second accuracy, by normalised log-likelihoods. */
  record Normalised(
      double acc,
      @JsonProperty("acc_norm") double normalised,
      @JsonProperty("acc_stderr") double accStderr,
      @JsonProperty("acc_norm_stderr") double normalisedStderr,
      int n,
      int truncated)
      implements TaskResult {
    @Override
    public Optional<Double> accNorm() {
      return Optional.of(normalised);
    }
  }

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
    if (!normalised) {
      return new Plain(acc, standardError(acc, n), n, truncated);
    }
    double accNorm = (double) rightNormalised / n;
    return new Normalised(
        acc, accNorm, standardError(acc, n), standardError(accNorm, n), n, truncated);
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
