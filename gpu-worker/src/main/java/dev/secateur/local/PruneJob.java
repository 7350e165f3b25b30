package dev.secateur.local;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.StoredScores;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.CalibrationSamples;
import dev.secateur.source.Texts;
import dev.secateur.tensor.Versions;
import dev.secateur.text.TextFile;
import dev.secateur.text.TokenRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Prunes one checkpoint on one device, without a cluster. */
public final class PruneJob implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final LocalModel model;
  private final Point point;
  private final Calibration calibration;
  private final String calibrationName;
  private final Samples samples;
  private final Precision compute;
  private final Consumer<String> progress;
  private List<MemberScores> scores = List.of();

  /**
   * Reads the calibration samples.
   *
   * @param calibration a text, or a safetensors file whose {@code input_ids} (N, T) are the batch
   *     as it stands; needed by criteria that look at samples
   * @param samples how a text is sampled; its own text is not looked at
   * @param allowance what the model may use of memory
   * @param compute what scores are computed in
   * @param progress told in words
   */
  public PruneJob(
      Checkpoint checkpoint,
      Device device,
      Point point,
      Optional<String> calibration,
      Samples samples,
      Allowance allowance,
      Precision compute,
      Consumer<String> progress) {
    this.checkpoint = checkpoint;
    this.point = point;
    this.samples = samples;
    this.compute = compute;
    this.progress = progress;
    this.calibrationName = calibration.orElse("none");
    this.calibration = Calibration.of(samples, batch(checkpoint, calibration, samples), 0, 1);
    this.model = new LocalModel(checkpoint, Optional.empty(), () -> device, allowance, progress);
  }

  private Batch batch(Checkpoint checkpoint, Optional<String> calibration, Samples samples) {
    if (!point.criterion().needsSamples()) {
      return Batch.causal(new long[][] {{0, 0}});
    }
    String file =
        calibration.orElseThrow(
            () ->
                new InputException(
                    "the criterion '"
                        + point.criterion().label()
                        + "' needs samples: give --calibration TEXT or ids.safetensors"));
    if (file.endsWith(".safetensors")) {
      return ids(Path.of(file), checkpoint);
    }
    return CalibrationSamples.draw(samples.of(Texts.ref(file)), checkpoint.folder());
  }

  private static Batch ids(Path file, Checkpoint checkpoint) {
    try (SafetensorsFile ids = SafetensorsFile.open(file)) {
      long vocabulary = checkpoint.config().size("vocab_size");
      return Batch.causal(TokenRows.read(ids, file.toString(), vocabulary));
    }
  }

  /** Estimates and chooses, in as many steps as the point asks for. */
  public Recipe run() {
    return model.compute(this::run);
  }

  private Recipe run(Supplier<Model> base) {
    Decoder decoder = base.get().decoder();
    PointPruning pruning = new PointPruning(decoder, Discovery.of(decoder), point);
    scores = score(base.get(), pruning.eligible(), 1);
    return pruning.recipe(base, scores, this::score, checkpoint.hashes(), provenance());
  }

  private Map<String, String> provenance() {
    Map<String, String> provenance = new TreeMap<>(Versions.all());
    provenance.put("calibration", calibrationName);
    calibrationHash().ifPresent(hash -> provenance.put("calibration_sha256", hash));
    provenance.put("samples", calibration.batch().rows() + " of " + calibration.batch().tokens());
    provenance.put("seed", Long.toString(samples.seed()));
    provenance.put("compute", compute.label());
    return provenance;
  }

  private Optional<String> calibrationHash() {
    Path file = TextFile.parse(calibrationName).file();
    try {
      return Files.isRegularFile(file) ? Optional.of(Sha256.of(file)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": can't be read", e);
    }
  }

  private List<MemberScores> score(Model of, List<CoupledStructure> eligible, int step) {
    progress.accept(
        "estimating " + point.criterion().label() + ", step " + step + " of " + point.steps());
    return of.computedIn(
        compute,
        held ->
            Estimation.of(
                held, eligible, point.criterion(), calibration, samples.seed(), () -> {}));
  }

  /** Writes the scores of the base's structures: {@code criterion/structure/member} (units). */
  public void writeScores(Path file) throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    scores.forEach(s -> tensors.addAll(StoredScores.tensors(point.criterion(), s)));
    SafetensorsWriter.write(file, Map.of(), tensors);
  }

  /**
   * Checks that every weight that is left can be written, so that nothing is written where one
   * can't.
   *
   * @param type what weights are stored as; what the base stores each as where absent
   * @throws InputException naming a tensor and the value that its type can't hold
   */
  public void checkFits(Recipe recipe, Optional<ElementType> type) {
    if (type.isPresent()) { // what the base stores fits the base's types
      model.compute(
          base -> {
            try (Model pruned = recipe.applied(base.get())) {
              CheckpointWriter.check(pruned, types(recipe, type));
            }
            return recipe;
          });
    }
  }

  /**
   * Writes the pruned model as a checkpoint, which appears whole or not at all, and tells whether
   * other tools load it.
   *
   * @param type what weights are stored as; what the base stores each as where absent
   * @param asked written beside it, with what the job knows
   * @throws InputException when the folder is there already and not empty, or a weight does not fit
   *     the type
   */
  public WrittenCheckpoint writeModel(
      Recipe recipe, Optional<ElementType> type, Path folder, CommandProvenance asked)
      throws IOException {
    WrittenCheckpoint written = model.compute(base -> write(base, recipe, type, folder, asked));
    written.lines().forEach(line -> progress.accept(folder + ": " + line));
    return written;
  }

  private WrittenCheckpoint write(
      Supplier<Model> base,
      Recipe recipe,
      Optional<ElementType> type,
      Path folder,
      CommandProvenance asked)
      throws IOException {
    AtomicReference<WrittenCheckpoint> written = new AtomicReference<>();
    NewFolder.write(
        folder,
        part -> {
          try (Model pruned = recipe.applied(base.get())) {
            progress.accept("writing " + folder);
            written.set(CheckpointWriter.write(pruned, checkpoint, types(recipe, type), part));
            AtomicFile.write(part.resolve("recipe.json"), recipe.json());
            provenance(asked)
                .write(part, checkpoint.folder(), pruned.weights().manager().getDevice());
          }
        });
    return written.get();
  }

  private CommandProvenance provenance(CommandProvenance asked) {
    asked.with("seed", samples.seed()).with("point", point);
    return point.criterion().needsSamples()
        ? asked.with("samples", samples.of(CommandProvenance.data(calibrationName)))
        : asked;
  }

  private WrittenTypes types(Recipe recipe, Optional<ElementType> type) {
    return type.map(WrittenTypes::all).orElseGet(() -> recipe.types(checkpoint));
  }

  @Override
  public void close() {
    model.close();
  }
}
