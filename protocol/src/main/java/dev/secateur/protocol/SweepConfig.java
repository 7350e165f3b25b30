package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * A checked grid of trials, and cases beside it, each a grid of its own: a case takes what it does
 * not specify from the grid.
 *
 * @param name of the sweep; of a case, the name of its trials, empty for none
 * @param place where it is written, for errors: file, line and key; empty of the sweep itself
 * @param seeds of everything random; more than one make repetitions
 * @param models checkpoint folders, or {@code demo}
 * @param compute the precision of estimation and evaluation
 * @param ratios 0 among them for the dense model; none if there are only cases
 * @param blocks by name of a model, which may be pruned
 * @param calibrations from which scores are estimated
 * @param compensations for removed units
 * @param ridge of those that fit
 * @param timing of structures, for target latency
 * @param recoveries of all trials
 * @param evaluation of no model yet
 * @param uniform whether all blocks keep equal widths
 * @param export what is written of pruned models
 * @param recipes files of recipes from elsewhere, each a trial of every model that it fits
 * @param texts whose perplexity is measured beside that of the evaluation
 * @param match the strategy, or the name of the case, whose sizes all other trials take; empty for
 *     none
 * @param cases in their order
 * @param memory bytes that a worker must have for a stage, of kinds that say so
 * @param attempts how often a stage is tried before the trials that need it fail
 * @param labels of its author, by their names; the value is empty if there is only a name
 * @param notes of its author, empty for none
 * @param tracking the services that receive reports of it
 * @param settings every key by its path, with its value as configurations write it, defaults
 *     included
 */
public record SweepConfig(
    String name,
    String place,
    List<Long> seeds,
    Precision compute,
    List<String> models,
    List<Strategy> strategies,
    List<BigDecimal> ratios,
    List<Criterion> criteria,
    List<Aggregation> aggregations,
    List<Scope> scopes,
    List<Target> targets,
    List<Integer> steps,
    List<Integer> climbings,
    Map<String, List<Blocks>> blocks,
    boolean uniform,
    List<Calibration> calibrations,
    List<CompensationMethod> compensations,
    Ridge ridge,
    Timing timing,
    List<Recovery> recoveries,
    EvaluationSpec evaluation,
    List<NamedText> texts,
    String match,
    List<SweepConfig> cases,
    Export export,
    List<String> recipes,
    Map<StageKind, Long> memory,
    Map<StageKind, Duration> timeouts,
    int attempts,
    SortedMap<String, String> labels,
    String notes,
    Tracking tracking,
    Map<String, Object> settings) {

  /**
   * A range of blocks. Edges that are not given keep, of the block strategy, the first eighth and
   * the last sixteenth of the layers whole, at least one each; of the layer strategy, nothing.
   */
  public record Layers(Map<Edge, Integer> given) {
    /** The bounds of a range. */
    public enum Edge {
      /** The first block. */
      FIRST,
      /** The block after the last. */
      END
    }

    /** As wide as each strategy has it by default. */
    public static final Layers DEFAULT = new Layers(Map.of());

    public Layers {
      given = Map.copyOf(given);
    }

    public static Layers of(LayerSpan span) {
      return new Layers(Map.of(Edge.FIRST, span.first(), Edge.END, span.end()));
    }

    /** The range, with edges of the default where none is given. */
    public LayerSpan or(LayerSpan byDefault) {
      return new LayerSpan(
          given.getOrDefault(Edge.FIRST, byDefault.first()),
          given.getOrDefault(Edge.END, byDefault.end()));
    }
  }

  /**
   * The blocks that may be pruned.
   *
   * @param attention whose heads may go; of the layer strategy, the blocks that may go
   * @param mlp whose MLP channels may go
   */
  public record Blocks(Layers attention, Layers mlp) {
    /** Both of the same blocks. */
    public static Blocks both(Layers layers) {
      return new Blocks(layers, layers);
    }
  }

  /**
   * @param parts into how many stages the estimation of criteria whose statistics add up is split
   */
  public record Calibration(Samples samples, int parts) {}

  /**
   * How long structures take is measured so.
   *
   * @param device that it is measured on: {@code cpu}, {@code gpu}, or a part of its maker's name;
   *     empty if no target is latency
   */
  public record Timing(String device, LatencyProtocol protocol) {}

  /**
   * A text whose perplexity is measured.
   *
   * @param name what results call it
   * @param window tokens of a window
   * @param windows the most of them
   */
  public record NamedText(String name, TextRef text, int window, int windows) {}

  /** The first seed, which what is no trial's draws with. */
  public long seed() {
    return seeds.get(0);
  }

  /** The first of its calibrations. */
  public Calibration calibration() {
    return calibrations.get(0);
  }

  /** Its recoveries that are not off. */
  public Stream<Recovery.On> activeRecoveries() {
    return recoveries.stream().flatMap(recovery -> recovery.settings().stream());
  }

  /** The first of its recoveries that is not off. */
  public Optional<Recovery.On> recovery() {
    return activeRecoveries().findFirst();
  }

  /** Whether a sweep may be called so. */
  public static boolean isName(String text) {
    return text.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  }
}
