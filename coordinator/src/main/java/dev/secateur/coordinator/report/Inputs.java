package dev.secateur.coordinator.report;

import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.ImportSpec;
import dev.secateur.protocol.ProfileSpec;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.TrainingSpec;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The models, data and seeds that the stages of a plan name, each once. */
final class Inputs {
  private final Set<Provenance.Model> models = new LinkedHashSet<>();
  private final Set<Provenance.Data> data = new LinkedHashSet<>();
  private final SortedMap<String, SortedSet<Long>> seeds = new TreeMap<>();

  private Inputs() {}

  static Inputs of(SweepPlan plan) {
    Inputs inputs = new Inputs();
    plan.stages().stream().map(Stage::spec).forEach(inputs::add);
    return inputs;
  }

  List<Provenance.Model> models() {
    return List.copyOf(models);
  }

  List<Provenance.Data> data() {
    return List.copyOf(data);
  }

  SortedMap<String, SortedSet<Long>> seeds() {
    return seeds;
  }

  private void add(StageSpec spec) {
    models.add(Provenance.Model.of(spec.model()));
    if (spec instanceof EstimationSpec estimation) {
      add(estimation.samples());
    } else if (spec instanceof ProfileSpec profile) {
      add(profile.samples());
    } else if (spec instanceof PruningSpec pruning) {
      pruning.samples().ifPresent(this::add);
    } else if (spec instanceof CompensationSpec compensation) {
      add(compensation.samples());
    } else if (spec instanceof RecoverySpec recovery) {
      add("recovery", recovery.data());
      seed("recovery", recovery.seed());
    } else if (spec instanceof TrainingSpec training) {
      add("recovery", training.data());
      seed("scratch", training.seed());
    } else if (spec instanceof EvaluationSpec evaluation) {
      add(evaluation);
    } else if (spec instanceof ImportSpec given) {
      add(given.content() instanceof ImportSpec.Scores ? "scores" : "recipe", given.file());
    }
  }

  /** Scores that look at no sample may draw as well. */
  private void add(Samples samples) {
    seed("calibration", samples.seed());
    if (samples.count() > 0) {
      add("calibration", samples.text());
    }
  }

  private void add(EvaluationSpec evaluation) {
    add("evaluation", evaluation.text());
    evaluation.readyTasks().source().ifPresent(tasks -> add("tasks", tasks));
    evaluation.choiceTasks().forEach(task -> add("task " + task.name(), task.rows()));
    evaluation.texts().generation().ifPresent(asked -> seed("generation", asked.seed()));
  }

  private void add(String use, TextRef text) {
    data.add(new Provenance.Data(use, text.name(), text.sha256()));
  }

  private void seed(String use, long seed) {
    seeds.computeIfAbsent(use, any -> new TreeSet<>()).add(seed);
  }
}
