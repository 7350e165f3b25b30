package dev.secateur.actors.cli;

import static dev.secateur.coordinator.config.SweepConfigReader.COMPUTE;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.coordinator.config.CalibrationSection;
import dev.secateur.coordinator.config.Key;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.config.TimingSection;
import dev.secateur.coordinator.config.Values;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.GivenScores;
import dev.secateur.json.Json;
import dev.secateur.local.CommandProvenance;
import dev.secateur.local.Given;
import dev.secateur.local.PredictedLatency;
import dev.secateur.local.PruneJob;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.MemoryModel;
import dev.secateur.memory.Work;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.pruning.GivenRecipe;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.SourceHashes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur prune}: one checkpoint, on this machine. */
@Command(
    name = "prune",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Prunes a checkpoint on this machine: discovers its coupled structures, estimates their"
            + " importance and removes the least important units.")
final class PruneCommand implements Callable<Integer> {
  private static final Key<Criterion> CRITERION = SweepConfigReader.CRITERIA.as("criterion");
  private static final Key<Aggregation> AGGREGATION =
      SweepConfigReader.AGGREGATIONS.as("aggregation");
  private static final Key<Integer> STEPS = SweepConfigReader.STEPS.as("steps");
  private static final Key<Integer> TIMING_BATCH = TimingSection.BATCH.as("timing-batch");
  private static final Key<Integer> TIMING_LENGTH = TimingSection.LENGTH.as("timing-length");
  private static final Key<Integer> TIMING_WARMUP = TimingSection.WARMUP.as("timing-warmup");
  private static final Key<Integer> TIMING_REPETITIONS =
      TimingSection.REPETITIONS.as("timing-repetitions");

  @Mixin private CheckpointOption checkpoint;

  @Mixin private PointOptions options;

  @Mixin private KeyOptions scoring = KeyOptions.of(CRITERION, AGGREGATION, STEPS, COMPUTE);

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description =
          "Text that samples are drawn from: FILE, FILE#COLUMN (.gz too), hf:owner/name/FILE,"
              + " bookcorpus, c4, dailydialog, 'wordnet'; or a safetensors file whose input_ids (N,"
              + " T) are used as the batch.")
  private String calibration;

  @Mixin
  private KeyOptions timing =
      KeyOptions.of(TIMING_BATCH, TIMING_LENGTH, TIMING_WARMUP, TIMING_REPETITIONS);

  @Mixin private KeyOptions sampling = new KeyOptions(PruneCommand::samples);

  @Option(names = "--recipe", paramLabel = "FILE", description = "Write the recipe to this file.")
  private Path recipeFile;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write the pruned model to this folder, as a Hugging Face checkpoint, and print"
              + " whether stock transformers loads it.")
  private Path out;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "Element type of the pruned weights: F32, F16 or BF16 (default: as in the"
              + " checkpoint, bit for bit).")
  private String dtype;

  @Option(
      names = "--scores",
      paramLabel = "FILE",
      description = "Write the base's scores to this file.")
  private Path scoresFile;

  @Option(
      names = "--scores-in",
      paramLabel = "FILE",
      description =
          "Prune by the scores in this file instead of estimating them: safetensors in the"
              + " form that --scores writes, CRITERION/STRUCTURE/MEMBER (units). --criterion"
              + " chooses among several criteria.")
  private Path scoresIn;

  @Option(
      names = "--recipe-in",
      paramLabel = "FILE",
      description =
          "Prune by this recipe, without estimation. It replaces --scores-in and the options"
              + " that say what to prune.")
  private Path recipeIn;

  @Mixin private CompensationOptions compensation;

  @Mixin private JsonOption json;

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Samples drawn = samples(sampling);
    if (out != null) {
      NewFolder.check(out);
    }
    Optional<ElementType> type =
        Optional.ofNullable(dtype).map(name -> ElementType.ofWeights(name, "--dtype"));
    PrintWriter talk = spec.commandLine().getErr();
    Checkpoint base = checkpoint.open(node, talk);
    Given given = given(base);
    Point point = point(base, given);
    compensation.check(base.decoder(), point.strategy(), calibration, recipeFile, out);
    Samples looked = ids() ? LeastNeed.oneToken(drawn) : drawn;
    if (given.equals(Given.NOTHING)) {
      List<Work> works = new ArrayList<>(LeastNeed.pruning(point, looked));
      if (point.target() == Target.LATENCY) {
        works.add(LeastNeed.timing(timingProtocol()));
      }
      node.checkMemory(
          "pruning by " + point.criterion().label(),
          LeastNeed.of(MemoryModel.of(base), works, scoring.get(COMPUTE)),
          "a smaller --length, fewer --samples, --compute bfloat16");
    }
    compensation
        .ridge()
        .ifPresent(
            ridge ->
                node.checkMemory(
                    "compensation",
                    LeastNeed.of(
                        MemoryModel.of(base),
                        LeastNeed.compensation(looked, ridge, compensation.inner()),
                        Precision.FLOAT32),
                    "a smaller --length, fewer --samples, --ridge rule"));
    try (PruneJob job =
        new PruneJob(
            base,
            node.testedDevice(),
            point,
            given,
            Optional.ofNullable(calibration).map(text -> calibrationText(text, talk)),
            drawn,
            weights.allowance(node.settings()),
            scoring.get(COMPUTE),
            NodeOptions.lines(talk))) {
      job.timing(timingProtocol());
      job.countedAs(type);
      Recipe recipe = job.run(compensation.ridge());
      Optional<CompensationSummary> refitted = compensation.apply(job, recipe, recipeFile, out);
      if (out != null) {
        job.checkFits(recipe, type);
      }
      if (scoresFile != null) {
        job.writeScores(scoresFile);
      }
      if (recipeFile != null) {
        AtomicFile.write(recipeFile, recipe.json());
      }
      CommandProvenance typed = new CommandProvenance(TypedCommand.of(spec), checkpoint.name());
      tell(
          recipe,
          refitted,
          job.predicted(),
          out == null ? Optional.empty() : Optional.of(job.writeModel(recipe, type, out, typed)));
    } finally {
      compensation.clean();
    }
    return 0;
  }

  private LatencyProtocol timingProtocol() {
    return new LatencyProtocol(
        timing.get(TIMING_BATCH),
        timing.get(TIMING_LENGTH),
        0,
        timing.get(TIMING_WARMUP),
        timing.get(TIMING_REPETITIONS));
  }

  private Given given(Checkpoint base) {
    boolean asked = options.strategy != null || options.ratio != null;
    if (recipeIn != null && (asked || scoresIn != null || scoresFile != null)) {
      throw new InputException(
          "--recipe-in says what to prune: remove --strategy, --ratio, --scores-in and --scores");
    }
    if (recipeIn != null) {
      return new Given.Result(GivenRecipe.read(recipeIn, base.decoder(), hashes(base)).recipe());
    }
    return scoresIn == null ? Given.NOTHING : new Given.Scores(scoresIn);
  }

  /** Of its files, and, as recipes of sweeps have it, of all of it. */
  private static Map<String, String> hashes(Checkpoint base) {
    Map<String, String> hashes = new HashMap<>(base.hashes());
    hashes.put("sha256", SourceHashes.model(base.folder()));
    return hashes;
  }

  private Point point(Checkpoint base, Given given) {
    int layers = base.decoder().layers();
    if (given instanceof Given.Result result) {
      return new GivenRecipe(recipeIn, result.recipe(), Discovery.of(base.decoder()))
          .point(layers, recipeIn.toString());
    }
    return options.point(layers, criterion(given), scoring.get(AGGREGATION), scoring.get(STEPS));
  }

  private Criterion criterion(Given given) {
    if (given instanceof Given.Scores scores) {
      Optional<String> asked = scoring.find(CRITERION).map(Criterion::label);
      return Criterion.of(GivenScores.read(scores.file(), asked).criterion());
    }
    return scoring.get(CRITERION);
  }

  /** Whether samples stand in a file whose sizes are not known yet. */
  private boolean ids() {
    return calibration != null && calibration.endsWith(".safetensors");
  }

  private static Samples samples(Values values) {
    return CalibrationSection.samples(
        values, new TextRef("", ""), values.get(SweepConfigReader.SEED));
  }

  private String calibrationText(String name, PrintWriter talk) {
    return name.endsWith(".safetensors") ? name : node.text(name, talk);
  }

  private void tell(
      Recipe recipe,
      Optional<CompensationSummary> refitted,
      Optional<PredictedLatency> predicted,
      Optional<WrittenCheckpoint> written)
      throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    boolean nothing = recipe.unitsRemoved() == 0;
    if (json.isGiven()) {
      ObjectNode root = (ObjectNode) Json.MAPPER.readTree(recipe.json());
      root.put("units_removed", recipe.unitsRemoved());
      if (nothing) {
        root.put("note", whyNothing());
      }
      refitted.ifPresent(summary -> summary.putInto(root));
      predicted.ifPresent(
          latency ->
              root.put("predicted_seconds_before", latency.before())
                  .put("predicted_seconds_after", latency.after()));
      written.ifPresent(checkpoint -> checkpoint.putInto(root));
      print.println(root.toPrettyString());
    } else {
      for (Recipe.Group group : recipe.groups()) {
        print.printf(
            "%-28s %d of %d units removed%n", group.name(), group.removed().size(), group.units());
      }
      long before = recipe.parameters().before();
      long after = recipe.parameters().after();
      print.printf(
          Locale.ROOT,
          "parameters: %,d of %,d left, %.2f %%%n",
          after,
          before,
          100.0 * after / before);
      predicted.ifPresent(
          latency ->
              print.printf(
                  Locale.ROOT,
                  "predicted latency: %.4g ms of %.4g ms left, %.2f %%%n",
                  1e3 * latency.after(),
                  1e3 * latency.before(),
                  100 * latency.after() / latency.before()));
      refitted.ifPresent(summary -> print.println(summary.line()));
      if (nothing) {
        print.println(whyNothing());
      }
    }
    print.flush();
  }

  private String whyNothing() {
    return recipeIn != null
        ? "nothing is removed: the recipe removes no units"
        : "nothing is removed: the ratio is less than one unit of every structure; give a larger"
            + " --ratio";
  }
}
