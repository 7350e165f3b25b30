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
import dev.secateur.compensation.Compensation;
import dev.secateur.compensation.CompensationFile;
import dev.secateur.compensation.Fitted;
import dev.secateur.compensation.Refit;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.StoredScores;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Scope;
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
  private static final String NO_CALIBRATION = "none";

  private final Checkpoint checkpoint;
  private final LocalModel model;
  private final Point point;
  private final Calibration calibration;
  private final String calibrationName;
  private final Samples samples;
  private final Precision compute;
  private final Consumer<String> progress;
  private final Given given;
  private final MeasuredPruning measured;
  private List<MemberScores> scores = List.of();
  private Path compensation; // null where nothing is refitted

  /** One that estimates. */
  public PruneJob(
      Checkpoint checkpoint,
      Device device,
      Point point,
      Optional<String> calibration,
      Samples samples,
      Allowance allowance,
      Precision compute,
      Consumer<String> progress) {
    this(
        checkpoint,
        device,
        point,
        Given.NOTHING,
        calibration,
        samples,
        allowance,
        compute,
        progress);
  }

  /**
   * Reads the calibration samples.
   *
   * @param given what is not estimated
   * @param calibration a text, or a safetensors file whose {@code input_ids} (N, T) are the batch
   *     as it stands; needed by criteria that look at samples
   * @param samples how a text is sampled; its own text is not looked at
   * @param allowance what the model may use of memory
   * @param compute what scores are computed in
   * @param progress told in words
   * @throws InputException when scores are given, and the point requires several steps
   */
  public PruneJob(
      Checkpoint checkpoint,
      Device device,
      Point point,
      Given given,
      Optional<String> calibration,
      Samples samples,
      Allowance allowance,
      Precision compute,
      Consumer<String> progress) {
    this.checkpoint = checkpoint;
    this.point = point;
    this.given = given;
    if (given instanceof Given.Scores && point.steps() > 1) {
      throw new InputException(
          "scores from a file are for the whole model, so they prune in one step, not in "
              + point.steps());
    }
    this.samples = samples;
    this.compute = compute;
    this.progress = progress;
    this.measured = new MeasuredPruning(point, compute, progress);
    this.calibrationName = calibration.orElse(NO_CALIBRATION);
    this.calibration = Calibration.of(samples, batch(checkpoint, calibration, samples), 0, 1);
    this.model = new LocalModel(checkpoint, Optional.empty(), () -> device, allowance, progress);
  }

  private Batch batch(Checkpoint checkpoint, Optional<String> calibration, Samples samples) {
    boolean measured = !(given instanceof Given.Result) && point.scope() == Scope.MEASURED;
    boolean estimated =
        given.equals(Given.NOTHING) && ElementCriteria.needsSamples(point.criterion());
    if (!measured && !estimated) {
      return Batch.causal(new long[][] {{0, 0}});
    }
    return drawn(
        checkpoint,
        calibration,
        samples,
        estimated ? "the criterion '" + point.criterion().label() + "'" : "the scope 'measured'");
  }

  /**
   * @param use what needs them, for the error
   */
  private static Batch drawn(
      Checkpoint checkpoint, Optional<String> calibration, Samples samples, String use) {
    String file =
        calibration.orElseThrow(
            () ->
                new InputException(
                    use + " needs samples: give --calibration TEXT or ids.safetensors"));
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

  /** How times of structures are measured for target latency. */
  public void timing(LatencyProtocol protocol) {
    measured.timing(protocol);
  }

  /** The times of target latency, after a run. */
  public Optional<PredictedLatency> predicted() {
    return measured.predicted();
  }

  /** What target bytes counts in; what the base stores each weight as where absent. */
  public void countedAs(Optional<ElementType> type) {
    measured.countedAs(type);
  }

  /** Estimates and chooses, in as many steps as the point requires. */
  public Recipe run() {
    return run(Optional.empty());
  }

  /**
   * The same where a compensation is to follow.
   *
   * @param ridge of the compensation, which climbing measures with
   */
  public Recipe run(Optional<Ridge> ridge) {
    return model.compute(base -> run(base, ridge));
  }

  private Recipe run(Supplier<Model> base, Optional<Ridge> ridge) {
    if (given instanceof Given.Result result) {
      return result.recipe();
    }
    Decoder decoder = checkpoint.decoder();
    PointPruning pruning =
        new PointPruning(decoder, Discovery.of(decoder), point, measured.types(checkpoint));
    scores =
        given instanceof Given.Scores stored
            ? stored.read(pruning, point.criterion())
            : score(base.get(), pruning.eligible(), 1);
    if (point.scope() == Scope.MEASURED) {
      return measured.recipe(
          base.get(),
          pruning,
          scores,
          new MeasuredPruning.Looked(calibration.batch(), samples.seed()),
          ridge,
          checkpoint.hashes(),
          provenance());
    }
    return pruning.recipe(base, scores, this::score, checkpoint.hashes(), provenance());
  }

  private Map<String, String> provenance() {
    Map<String, String> provenance = new TreeMap<>(Versions.all());
    provenance.put("calibration", calibrationName);
    calibrationHash().ifPresent(hash -> provenance.put("calibration_sha256", hash));
    provenance.put("samples", calibration.batch().rows() + " of " + calibration.batch().tokens());
    provenance.put("seed", Long.toString(samples.seed()));
    provenance.put("compute", compute.label());
    if (given instanceof Given.Scores stored) {
      stored.describe(provenance);
    }
    return provenance;
  }

  private Optional<String> calibrationHash() {
    Path file = TextFile.parse(calibrationName).file();
    return Files.isRegularFile(file) ? Optional.of(hash(file)) : Optional.empty();
  }

  static String hash(Path file) {
    try {
      return Sha256.of(file);
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

  /**
   * Refits what the pruned model writes to the residual stream, on the calibration samples. What is
   * written of it later has the refitted matrices.
   *
   * @param inner whether inner matrices are refitted too
   * @param file where they are stored
   * @throws InputException when there are no samples, or the model or the strategy is not covered
   */
  public List<Fitted> compensate(Recipe recipe, Ridge ridge, boolean inner, Path file)
      throws IOException {
    Compensation.check(checkpoint.decoder(), recipe.strategy());
    Batch batch =
        drawn(
            checkpoint,
            Optional.of(calibrationName).filter(name -> !name.equals(NO_CALIBRATION)),
            samples,
            "compensation");
    Map<String, String> provenance = new TreeMap<>(Versions.all());
    provenance.put("calibration", calibrationName);
    calibrationHash().ifPresent(hash -> provenance.put("calibration_sha256", hash));
    provenance.put("samples", batch.rows() + " of " + batch.tokens());
    provenance.put("seed", Long.toString(samples.seed()));
    provenance.put("ridge", ridge.label());
    provenance.put("method", CompensationMethod.refitting(inner).label());
    progress.accept("refitting on " + batch.rows() + " samples of " + batch.tokens() + " tokens");
    List<Fitted> fitted =
        model.compute(
            base ->
                CompensationFile.write(
                    file,
                    base.get(),
                    recipe,
                    recipe.types(checkpoint),
                    Refit.of(ridge, inner),
                    batch,
                    provenance,
                    (block, of) -> {}));
    compensation = file;
    return fitted;
  }

  /** Has what is written of the pruned model take refitted matrices from a file. */
  public void compensate(Path file) {
    compensation = file;
  }

  /** The pruned model, with its compensation where there is one; to be closed by the caller. */
  private Model pruned(Model base, Recipe recipe) {
    return compensation == null
        ? recipe.applied(base)
        : CompensationFile.applied(base, recipe, compensation);
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
            try (Model pruned = pruned(base.get(), recipe)) {
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
          try (Model pruned = pruned(base.get(), recipe)) {
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
    boolean scored = given.equals(Given.NOTHING) && ElementCriteria.needsSamples(point.criterion());
    return !calibrationName.equals(NO_CALIBRATION) && (scored || compensation != null)
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
