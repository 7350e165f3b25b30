package dev.secateur.memory;

import dev.secateur.checkpoint.Residency;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.ProfileSpec;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.StageShare;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.TimingSpec;
import dev.secateur.protocol.TrainingSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The least device memory for a sweep's stages: with weights kept in the way that needs least, one
 * row at a time in a training, and one batch of texts of unknown length. Sizes are the base
 * model's, which a pruned one never exceeds.
 */
public final class StageMemory {
  private static final int PROMPT = 128;

  private final MemoryModel model;
  private final Map<Work, Long> known = new HashMap<>();

  public StageMemory(MemoryModel model) {
    this.model = model;
  }

  /**
   * Bytes of the device; nothing of stages whose models' sizes are unknown before they run, which
   * are those that train from random weights.
   */
  public OptionalLong least(StageSpec stage) {
    if (stage instanceof TrainingSpec) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(works(stage).stream().mapToLong(this::bytes).max().orElse(0));
  }

  private long bytes(Work work) {
    return known.computeIfAbsent(
        work,
        w ->
            Arrays.stream(Residency.values())
                .mapToLong(residency -> model.need(w, residency))
                .min()
                .orElseThrow());
  }

  private static List<Work> works(StageSpec stage) {
    if (stage instanceof EstimationSpec estimation) {
      return List.of(estimation(estimation));
    } else if (stage instanceof ProfileSpec profile) {
      Samples samples = profile.samples();
      return profile.share() instanceof StageShare.Merge
          ? List.of(new Work.Shapes())
          : List.of(new Work.Profile(samples.count(), samples.length()));
    } else if (stage instanceof TimingSpec timing) {
      return List.of(LeastNeed.timing(timing.protocol()));
    } else if (stage instanceof PruningSpec pruning) {
      return List.of(pruning(pruning.point(), pruning.selection()));
    } else if (stage instanceof RecoverySpec recovery) {
      return LeastNeed.recovery(recovery.tuning());
    } else if (stage instanceof EvaluationSpec evaluation) {
      return evaluation(evaluation);
    } else if (stage instanceof CompensationSpec compensation) {
      return LeastNeed.compensation(
          compensation.samples(), compensation.ridge(), compensation.inner());
    } else if (stage instanceof ExportSpec export) {
      return List.of(new Work.Export(false, export.subject() instanceof Subject.Recovered));
    }
    return List.of(new Work.Shapes());
  }

  private static Work pruning(Point point, Selection selection) {
    if (selection instanceof Selection.Climbing climbing) {
      Samples samples = climbing.samples();
      return new Work.Climbing(samples.count(), samples.length());
    } else if (selection instanceof Selection.Stepwise stepwise) {
      return of(point.criterion(), point.strategy(), stepwise.samples(), 1);
    }
    return new Work.Shapes();
  }

  private static Work estimation(EstimationSpec estimation) {
    Criterion first = estimation.criteria().get(0);
    if (estimation.share() instanceof StageShare.Merge) {
      boolean weighs = first.family() == Criterion.Family.ACTIVATION;
      return weighs ? new Work.Magnitudes(false) : new Work.Shapes();
    }
    return of(first, estimation.strategy(), estimation.samples(), estimation.share().parts());
  }

  static Work of(Criterion criterion, Strategy strategy, Samples samples, int parts) {
    boolean everything = strategy == Strategy.CHANNEL;
    int part = Math.max(1, (samples.count() + parts - 1) / parts);
    int tokens = samples.length();
    return switch (criterion.family()) {
      case FIRST_ORDER, SECOND_ORDER ->
          new Work.Gradients(
              part,
              tokens,
              criterion.family() == Criterion.Family.SECOND_ORDER,
              everything,
              samples.activations());
      case MAGNITUDE -> new Work.Magnitudes(everything);
      case ACTIVATION, ROUTING -> new Work.Inputs(part, tokens);
      case OUTPUT_ERROR -> new Work.OutputErrors(samples.count(), tokens);
      case ABLATION -> new Work.Ablation(samples.count(), tokens);
      case BLOCK_INFLUENCE -> new Work.Influence(samples.count(), tokens);
      case PLUG_IN ->
          ElementCriteria.needsGradients(criterion)
              ? new Work.Gradients(part, tokens, false, everything, samples.activations())
              : new Work.Magnitudes(everything);
      case RANDOM, POSITION, GIVEN -> new Work.Shapes();
    };
  }

  private static List<Work> evaluation(EvaluationSpec evaluation) {
    List<Work> works = new ArrayList<>();
    boolean all = evaluation.windows() == Integer.MAX_VALUE;
    int windows = all ? Perplexity.BATCH : evaluation.windows();
    works.add(new Work.Windows(windows, evaluation.window()));
    if (evaluation.hasTasks()) {
      works.add(new Work.Questions(1));
    }
    if (evaluation.speed() instanceof LatencyProtocol latency) {
      works.add(new Work.Windows(latency.batch(), latency.length()));
      works.add(new Work.Text(latency.length(), latency.generated()));
    }
    if (evaluation.texts() instanceof Generation generation) {
      works.add(new Work.Text(PROMPT, generation.maxTokens()));
    }
    return works;
  }
}
