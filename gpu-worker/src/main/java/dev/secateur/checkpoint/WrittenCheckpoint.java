package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;

/**
 * The result of writing a checkpoint.
 *
 * @param modelType the {@code model_type} that its config states
 * @param problem why transformers' own classes don't load it; empty if they do
 * @param coded whether its folder has code with which transformers loads it anyway
 * @param leftOut files of the base that were not copied although they may be needed
 */
public record WrittenCheckpoint(
    String modelType, String problem, boolean coded, List<String> leftOut) {
  /** Whether transformers loads it with a class of its own. */
  public boolean isStock() {
    return problem.isEmpty();
  }

  /** The verdict as one line. */
  public String verdict() {
    if (isStock()) {
      return "stock transformers loads it, as '" + modelType + "'";
    }
    return coded
        ? "transformers loads it with trust_remote_code=True, not by a class of its own: " + problem
        : "stock transformers does not load it, Secateur does: " + problem;
  }

  /** Everything that users should know, a line each. */
  public List<String> lines() {
    return Stream.concat(leftOut.stream(), Stream.of(verdict())).toList();
  }

  /** The verdict as {@code stock_transformers}: whether it loads, and else why not. */
  public void putInto(ObjectNode json) {
    ObjectNode stock = json.putObject("stock_transformers").put("loads", isStock());
    if (isStock()) {
      stock.put("model_type", modelType);
    } else {
      stock.put("reason", problem).put("trust_remote_code", coded);
    }
  }
}
