package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.local.PruneJob;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.TextRef;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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
  @Parameters(
      paramLabel = "CHECKPOINT",
      description = "A checkpoint folder, hf:owner/name[@revision], or 'demo'.")
  private String checkpoint;

  @Mixin private PointOptions options;

  @Option(
      names = "--criterion",
      paramLabel = "NAME",
      defaultValue = "taylor-element1",
      description =
          "taylor-vector, taylor-element1, taylor-element2, taylor-mixed, l1, l2, random, wanda,"
              + " flap, ablation; of layers also block-influence, first-n, last-n, alternate"
              + " (default: ${DEFAULT-VALUE}).")
  private Criterion criterion;

  @Option(
      names = "--aggregation",
      paramLabel = "NAME",
      defaultValue = "sum",
      description = "sum, product, max, mean or last (default: ${DEFAULT-VALUE}).")
  private Aggregation aggregation;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1",
      description = "Prune in that many steps and estimate anew before each.")
  private int steps;

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description =
          "A text that samples are drawn from: FILE, FILE#COLUMN (.gz too), hf:owner/name/FILE, bookcorpus,"
              + " c4, dailydialog, 'wordnet'; or a safetensors file whose input_ids (N, T) are the"
              + " batch as it stands.")
  private String calibration;

  @Option(
      names = "--sampling",
      paramLabel = "NAME",
      defaultValue = "rows",
      description =
          "rows: from a random row on; window: a random window of a row that is long enough, as"
              + " published; dialogue: answers to the first dialogues, as published for ChatGLM"
              + " (default: ${DEFAULT-VALUE}).")
  private Sampling sampling;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "10",
      description = "Samples drawn.")
  private int samples;

  @Option(names = "--length", paramLabel = "T", defaultValue = "64", description = "Their tokens.")
  private int length;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "For the drawing.")
  private long seed;

  @Option(
      names = "--token-fisher",
      description = "Second-order criteria average the squared gradients of tokens, not samples.")
  private boolean tokenFisher;

  @Option(
      names = "--activations",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "keep them for the gradients, recompute them (less memory, more time), or auto.")
  private Activations activations;

  @Option(names = "--recipe", paramLabel = "FILE", description = "Write the recipe there.")
  private Path recipeFile;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write the pruned model there, as a Hugging Face checkpoint; says whether stock"
              + " transformers loads it.")
  private Path out;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "What the pruned weights are stored as: F32, F16 or BF16 (default: each as the checkpoint"
              + " stores it, bit for bit).")
  private String dtype;

  @Option(names = "--scores", paramLabel = "FILE", description = "Write the base's scores there.")
  private Path scoresFile;

  @Option(names = "--json", description = "Print the recipe as JSON.")
  private boolean json;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    check();
    Optional<ElementType> type =
        Optional.ofNullable(dtype).map(name -> ElementType.ofWeights(name, "--dtype"));
    PrintWriter talk = spec.commandLine().getErr();
    Checkpoint base = Checkpoint.open(node.checkpoint(checkpoint, talk));
    var point = options.point(base.decoder().layers(), criterion, aggregation, steps);
    Samples drawn =
        new Samples(new TextRef("", ""), sampling, samples, length, seed, tokenFisher, activations);
    try (PruneJob job =
        new PruneJob(
            base,
            node.testedDevice(),
            point,
            Optional.ofNullable(calibration).map(text -> calibrationText(text, talk)),
            drawn,
            line -> {
              talk.println(line);
              talk.flush();
            })) {
      Recipe recipe = job.run();
      if (out != null) {
        job.checkFits(recipe, type);
      }
      if (scoresFile != null) {
        job.writeScores(scoresFile);
      }
      if (recipeFile != null) {
        AtomicFile.write(recipeFile, recipe.json());
      }
      tell(recipe, out == null ? Optional.empty() : Optional.of(job.writeModel(recipe, type, out)));
    }
    return 0;
  }

  private void check() throws IOException {
    positive(steps, "--steps");
    positive(samples, "--samples");
    if (length < 2) {
      throw new InputException("--length is " + length + "; at least 2");
    }
    if (out != null) {
      NewFolder.check(out);
    }
  }

  private String calibrationText(String name, PrintWriter talk) {
    return name.endsWith(".safetensors") ? name : node.text(name, talk);
  }

  private static void positive(int value, String option) {
    if (value < 1) {
      throw new InputException(option + " is " + value + "; at least 1");
    }
  }

  private void tell(Recipe recipe, Optional<WrittenCheckpoint> written) throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    boolean nothing = recipe.unitsRemoved() == 0;
    if (json) {
      ObjectNode root = (ObjectNode) new ObjectMapper().readTree(recipe.json());
      root.put("units_removed", recipe.unitsRemoved());
      if (nothing) {
        root.put("note", NOTHING);
      }
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
      if (nothing) {
        print.println(NOTHING);
      }
    }
    print.flush();
  }

  private static final String NOTHING =
      "nothing is removed: the ratio asks for less than one unit of any structure";
}
