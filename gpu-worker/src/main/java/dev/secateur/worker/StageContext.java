package dev.secateur.worker;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Model;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.StageKey;
import dev.secateur.pruning.IterativePruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.recovery.LoraAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a stage computes with: the artifacts of others, the base model, and someone to tell of its
 * progress.
 */
record StageContext(
    StageKey stage, ArtifactStore store, ResidentModel resident, Consumer<Progress> progress) {
  static final String STRUCTURES = "structures.json";
  static final String STATISTICS = "statistics.safetensors";
  static final String SCORES = "scores.safetensors";
  static final String RECIPE = "recipe.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Tells of progress; throws where the task was cancelled. */
  void report(long done, long total, String note) {
    progress.accept(new Progress(done, total, note));
  }

  /** A file that outlives the task, so that another attempt can go on from it. */
  Path scratch() {
    return store.scratch(stage);
  }

  Model base(ModelRef model) {
    return resident.get(model);
  }

  List<CoupledStructure> structures(StageKey discovery) throws IOException {
    return JSON.readValue(store.get(discovery).file(STRUCTURES).toFile(), new TypeReference<>() {});
  }

  Recipe recipe(StageKey pruning) {
    return Recipe.read(store.get(pruning).file(RECIPE));
  }

  /** The pruned model; to be closed by the caller. */
  Model pruned(ModelRef model, StageKey pruning) {
    Recipe recipe = recipe(pruning);
    return IterativePruning.prune(base(model), recipe.strategy(), recipe.groups());
  }

  /** The pruned model with its adapter merged, where it has one; to be closed by the caller. */
  Model recovered(ModelRef model, StageKey pruning, Optional<StageKey> recovery) {
    Model pruned = pruned(model, pruning);
    if (recovery.isEmpty()) {
      return pruned;
    }
    try (pruned;
        LoraAdapter adapter = LoraAdapter.read(store.get(recovery.get()).folder(), pruned)) {
      return adapter.merge(pruned);
    }
  }
}
