package dev.secateur.training;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code adapter_config.json} of a LoRA adapter (arXiv 2106.09685), as far as it says what the
 * adapter computes.
 *
 * @param file where it stands, for errors
 * @param rank of modules that no pattern gives another
 * @param alpha of modules that no pattern gives another
 * @param rankPatterns ranks by regular expressions of the last parts of modules' paths; the first
 *     that matches counts
 * @param alphaPatterns alphas, likewise
 * @param isRankStabilized whether the scale is alpha / sqrt(rank) (arXiv 2312.03732)
 * @param hasMagnitudes whether each output channel has a magnitude of its own (DoRA, arXiv
 *     2402.09353)
 * @param hasBias whether the matrices B have biases
 * @param keepsTied whether a tied output layer gets what the embedding gets, and the reverse
 */
record AdapterConfig(
    Path file,
    int rank,
    double alpha,
    Map<String, Integer> rankPatterns,
    Map<String, Double> alphaPatterns,
    boolean isRankStabilized,
    boolean hasMagnitudes,
    boolean hasBias,
    boolean keepsTied,
    Selection selection) {
  /** The last parts of names that PEFT looks for before it ties anything. */
  private static final List<String> COMMONLY_TIED = List.of("embed_tokens", "lm_head");

  /**
   * Which modules get an adapter, and which are replaced.
   *
   * @param excluded what gets no adapter; an empty list for nothing
   * @param layers the blocks that get adapters where {@code targets} is a list; empty for all
   * @param layerLists what the words before a block's number may be; empty for any word
   * @param saved ends of the names of modules whose parameters the adapter replaces
   */
  record Selection(
      ModuleNames targets,
      ModuleNames excluded,
      List<Integer> layers,
      List<String> layerLists,
      List<String> saved) {

    /**
     * Whether a module gets low-rank matrices.
     *
     * @param isInner whether it is an affine map, and not the output layer, an expert's or a router
     */
    boolean adapts(String module, boolean isInner) {
      if (excluded.matches(module) || saved.stream().anyMatch(name -> isWithin(module, name))) {
        return false;
      }
      if (targets instanceof ModuleNames.AllLinear) {
        return isInner;
      }
      boolean isWhole =
          targets instanceof ModuleNames.Listed listed && listed.names().contains(module);
      return targets.matches(module) && (isWhole || layers.isEmpty() || isInLayers(module));
    }

    private static boolean isWithin(String module, String name) {
      return ("." + module + ".").contains("." + name + ".");
    }

    private boolean isInLayers(String module) {
      return block(module).map(layers::contains).orElse(false);
    }

    private Optional<Integer> block(String module) {
      List<String> before =
          layerLists.isEmpty()
              ? List.of(".*?\\.[^.]*")
              : layerLists.stream().map(name -> "(?:^|.*?\\.)" + name).toList();
      return before.stream()
          .map(start -> Pattern.compile(start + "\\.(\\d{1,9})\\.").matcher(module))
          .filter(Matcher::lookingAt)
          .map(found -> Integer.parseInt(found.group(found.groupCount())))
          .findFirst();
    }

    /** Whether the adapter holds the parameter itself. */
    boolean saves(String parameter) {
      return saved.stream().anyMatch(name -> isUnder(parameter, name));
    }

    /** Whether a module that a parameter is in ends with a name. */
    static boolean isUnder(String parameter, String name) {
      for (int dot = parameter.indexOf('.'); dot >= 0; dot = parameter.indexOf('.', dot + 1)) {
        if (parameter.substring(0, dot).endsWith(name)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Whether embedding and output layer are replaced together where they are one. */
  boolean tiesSaved() {
    return keepsTied && selection.saved().stream().anyMatch(AdapterConfig::isCommonlyTied);
  }

  /** Whether embedding and output layer get low-rank matrices together where they are one. */
  boolean tiesTargets() {
    if (!keepsTied || tiesSaved()) {
      return false;
    }
    return selection.targets() instanceof ModuleNames.Listed listed
        ? listed.names().stream().anyMatch(AdapterConfig::isCommonlyTied)
        : selection.targets() instanceof ModuleNames.Expression expression
            && COMMONLY_TIED.stream().anyMatch(expression::matches);
  }

  private static boolean isCommonlyTied(String name) {
    return COMMONLY_TIED.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  int rankOf(String module) {
    return ofFirst(rankPatterns, module).orElse(rank);
  }

  /** What the product of a module's matrices is multiplied with. */
  double scaleOf(String module) {
    double least = rankOf(module);
    double moduleAlpha = ofFirst(alphaPatterns, module).orElse(alpha);
    return moduleAlpha / (isRankStabilized ? Math.sqrt(least) : least);
  }

  private static <V> Optional<V> ofFirst(Map<String, V> patterns, String module) {
    return patterns.entrySet().stream()
        .filter(
            entry ->
                Pattern.compile("(.*\\.)?(" + entry.getKey() + ")$").matcher(module).lookingAt())
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
