package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Receives refitted parameters as they are computed. */
@FunctionalInterface
interface FittedParameters {
  /**
   * A refitted parameter under its name in the pruned model.
   *
   * @param array in float64
   */
  record Parameter(String name, NDArray array) {}

  /**
   * Takes parameters of one matrix.
   *
   * @return them in float32, as what follows computes with them, by name; they belong to {@code
   *     owner}
   */
  Map<String, NDArray> write(List<Parameter> parameters, NDManager owner) throws IOException;
}
