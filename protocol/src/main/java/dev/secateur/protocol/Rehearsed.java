package dev.secateur.protocol;

import java.util.List;

/**
 * What is known about a plan before any of it runs.
 *
 * @param problems why stages will fail, a line each, with the key of the configuration first
 * @param sizes of the pruned models
 * @param notices what its author should know about the models
 */
public record Rehearsed(List<String> problems, List<PredictedSize> sizes, List<String> notices) {
  /** Where nothing of models and texts is known. */
  public static final Rehearsed NOTHING = new Rehearsed(List.of(), List.of(), List.of());

  /**
   * @param file that the sweep was read from
   * @throws InputException with a line to each problem
   */
  public void check(String file) {
    if (!problems.isEmpty()) {
      throw new InputException(
          String.join("\n", problems.stream().map(line -> file + ": " + line).toList()));
    }
  }
}
