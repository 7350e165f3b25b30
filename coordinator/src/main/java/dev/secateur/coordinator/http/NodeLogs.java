package dev.secateur.coordinator.http;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The logs of a cluster's nodes, read on their machines. */
@FunctionalInterface
public interface NodeLogs {
  /**
   * Which lines are wanted: a worker's, or those that concern a stage.
   *
   * @param stage how its key begins
   * @param sweep whose lines alone are wanted
   * @param since the time of the first, ISO 8601
   * @param lines the most of them; the last ones count
   */
  record Question(
      Optional<String> worker,
      Optional<String> stage,
      Optional<String> sweep,
      Optional<String> since,
      int lines) {}

  /**
   * @param lines JSON objects, by their time
   * @param silent nodes that did not answer in time
   */
  record Answer(List<String> lines, List<String> silent) {}

  /** Asks all nodes. */
  CompletionStage<Answer> read(Question question);
}
