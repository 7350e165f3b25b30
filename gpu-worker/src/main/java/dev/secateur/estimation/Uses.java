package dev.secateur.estimation;

import dev.secateur.model.Decoder;
import dev.secateur.model.SubmoduleParameters;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which submodules of a pass use the parameters that are asked about.
 *
 * @param counts in how many submodules each is used, a tied one in two
 * @param lowest the first submodule that uses any
 */
record Uses(Map<String, Integer> counts, int lowest) {

  /**
   * Of a decoder's pass.
   *
   * @throws IllegalStateException when one of the parameters is never used
   */
  static Uses of(Decoder decoder, Set<String> parameters) {
    SubmoduleParameters submodules = SubmoduleParameters.of(decoder);
    Map<String, Integer> counts = new HashMap<>();
    int lowest = decoder.layers() + 1;
    for (String name : parameters) {
      if (submodules.using(name).isEmpty()) {
        throw new IllegalStateException("the forward pass never uses parameter '" + name + "'");
      }
      counts.put(name, submodules.using(name).size());
      lowest = Math.min(lowest, submodules.using(name).get(0));
    }
    return new Uses(counts, lowest);
  }

  /** In how many submodules a parameter is used. */
  int of(String parameter) {
    return counts.get(parameter);
  }
}
