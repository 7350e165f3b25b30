package dev.secateur.coordinator.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The logs of a cluster's nodes, read on their machines. */
@FunctionalInterface
public interface NodeLogs {
  /** What lines may have to meet, each with a value. */
  enum Filter {
    /** They are a worker's own. */
    WORKER,
    /** They concern a stage; the beginning of its key. */
    STAGE,
    /** They concern a sweep. */
    SWEEP,
    /** They are of this time or later, ISO 8601. */
    SINCE
  }

  /**
   * Which lines are wanted.
   *
   * @param filters a worker or a stage among them
   * @param lines the most of them; the last ones count
   */
  record Question(Map<Filter, String> filters, int lines) {
    /** The value that lines must meet, if there is one. */
    public Optional<String> of(Filter filter) {
      return Optional.ofNullable(filters.get(filter));
    }
  }

  /**
   * @param lines JSON objects, by their time
   * @param silent nodes that did not answer in time
   */
  record Answer(List<String> lines, List<String> silent) {}

  /** Asks all nodes. */
  CompletionStage<Answer> read(Question question);
}
