package dev.secateur.stage;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.compensation.CompensationFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.TextRef;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.CalibrationSamples;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.SourceCheck;
import dev.secateur.source.SourceHashes;
import dev.secateur.text.TextFile;
import dev.secateur.training.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a stage computes with: the artifacts of others, the base model, files, and a receiver of its
 * progress.
 */
record StageContext(
    StageKey stage,
    StageArtifacts artifacts,
    ResidentModel resident,
    LocalFiles files,
    SourceCheck check,
    Consumer<Progress> progress) {
  static final String STRUCTURES = "structures.json";
  static final String STATISTICS = "statistics.safetensors";
  static final String SCORES = "scores.safetensors";
  static final String PROFILES = "profiles.safetensors";
  static final String TIMINGS = "timings.safetensors";
  static final String RECIPE = "recipe.json";
  static final String SAMPLES = "samples.json";

  /** Tells of progress; throws where the task was cancelled. */
  void report(long done, long total, String note) {
    progress.accept(new Progress(done, total, note));
  }

  /** A file that outlives the task, so that another attempt can resume from it. */
  Path scratch() {
    return artifacts.own().scratch(stage);
  }

  /** The artifact of a stage that this one reads. */
  Artifact artifact(StageKey input) {
    return artifacts.get(input, note -> report(0, 0, note));
  }

  /** A base checkpoint's folder. */
  Path checkpoint(ModelRef model) {
    Path folder = files.model(model.path());
    check.check(model.path(), model.sha256(), folder, () -> SourceHashes.model(folder));
    return folder;
  }

  /** A text as a file of this machine. */
  TextRef local(TextRef text) {
    return text.name().equals(TextRef.WORDNET)
        ? text
        : new TextRef(file(text).toString(), text.sha256());
  }

  /** A text of this machine. */
  TextFile file(TextRef text) {
    TextFile file = files.text(text.name());
    check.check(text.name(), text.sha256(), file.file(), () -> SourceHashes.text(file));
    return file;
  }

  /** A folder of tasks of this machine. */
  Path tasks(TextRef tasks) {
    Path folder = files.tasks(tasks.name());
    check.check(tasks.name(), tasks.sha256(), folder, () -> SourceHashes.tasks(folder));
    return folder;
  }

  /**
   * What criteria of one family are measured on, as tokens of a model; nothing where they need
   * none.
   */
  Batch calibration(Samples samples, List<Criterion> criteria, ModelRef model) {
    return criteria.stream().anyMatch(ElementCriteria::needsSamples)
        ? CalibrationSamples.draw(samples.of(local(samples.text())), checkpoint(model))
        : Batch.causal(new long[][] {{0, 0}});
  }

  Model base(ModelRef model) {
    return resident.get(model, checkpoint(model));
  }

  List<CoupledStructure> structures(StageKey discovery) throws IOException {
    return Json.MAPPER.readValue(
        artifact(discovery).file(STRUCTURES).toFile(), new TypeReference<>() {});
  }

  Recipe recipe(StageKey pruning) {
    return Recipe.read(artifact(pruning).file(RECIPE));
  }

  /** The pruned model, with the compensation that its recipe has; to be closed by the caller. */
  Model pruned(ModelRef model, StageKey pruning) {
    Path refitted = artifact(pruning).folder().resolve(CompensationFile.NAME);
    return Files.exists(refitted)
        ? CompensationFile.applied(base(model), recipe(pruning), refitted)
        : recipe(pruning).applied(base(model));
  }

  /** The model of a trial that is not the base; to be closed by the caller. */
  Model made(ModelRef model, Subject.Made subject) {
    return subject.as(
        new Subject.Cases<>() {
          @Override
          public Model pruned(Subject.Pruned of) {
            return StageContext.this.pruned(model, of.recipe());
          }

          @Override
          public Model recovered(Subject.Recovered of) {
            return merged(model, of.recipe(), of.adapter(), Optional.empty());
          }

          @Override
          public Model recovering(Subject.Recovering of) {
            return merged(model, of.recipe(), of.adapter(), Optional.of(of.step()));
          }

          @Override
          public Model trained(Subject.Trained of) {
            return resident.open(Checkpoint.open(artifact(of.training()).folder()));
          }
        });
  }

  /**
   * @param step of its training, after which the adapter is taken
   */
  private Model merged(
      ModelRef model, StageKey pruning, StageKey recovery, Optional<Integer> step) {
    try (Model pruned = pruned(model, pruning);
        PeftAdapter adapter =
            PeftAdapter.read(
                artifact(recovery).folder(), step, pruned.decoder(), resident.device())) {
      return adapter.merge(pruned);
    }
  }
}
