package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.evaluation.Verification;
import dev.secateur.evaluation.Verification.Difference;
import dev.secateur.json.Json;
import dev.secateur.local.LocalModel;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.MemoryModel;
import dev.secateur.protocol.Precision;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur verify}: a model's numbers against those of another program. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a model forward and backward and compares logits, loss and gradients with golden"
          + " values: a safetensors file with input_ids, logits, and optionally loss and"
          + " grad.<parameter>.",
      "The error of a tensor is ||a - b|| / max(||b||, a hundredth of the median norm of its"
          + " kind). Exit code 0 if all are within the tolerance, otherwise 1."
    })
final class VerifyCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "CHECKPOINT",
      description = "A checkpoint folder, or hf:owner/name[@revision].")
  private String checkpoint;

  @Parameters(index = "1", paramLabel = "GOLDEN", description = "File with the golden values.")
  private Path golden;

  @Option(
      names = "--tolerance",
      paramLabel = "E",
      defaultValue = "1e-4",
      description = "Tolerance, as a relative error (default: ${DEFAULT-VALUE}).")
  private double tolerance;

  @Mixin private JsonOption json;

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<Difference> differences = differences(spec.commandLine().getErr());
    Map<String, Difference> worst = new LinkedHashMap<>();
    differences.forEach(
        difference ->
            worst.merge(
                difference.kind(),
                difference,
                (a, b) -> Comparator.comparingDouble(Difference::error).compare(a, b) < 0 ? b : a));
    boolean within = differences.stream().allMatch(d -> d.error() <= tolerance);
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      out.println(json(differences, worst, within).toPrettyString());
    } else {
      worst.forEach(
          (kind, difference) ->
              out.printf(
                  Locale.ROOT,
                  "%-9s worst relative error %.3e at %s%s%n",
                  kind,
                  difference.error(),
                  difference.tensor(),
                  difference.error() <= tolerance ? "" : "  BEYOND"));
      out.printf(
          Locale.ROOT,
          "%d tensors compared: %s the tolerance of %.1e%n",
          differences.size(),
          within ? "all within" : "beyond",
          tolerance);
    }
    out.flush();
    return within ? 0 : Main.FAILURE;
  }

  private List<Difference> differences(PrintWriter talk) {
    Checkpoint base = Checkpoint.open(node.checkpoint(checkpoint, talk));
    try (SafetensorsFile values = SafetensorsFile.open(golden)) {
      node.checkMemory(
          "verification",
          LeastNeed.of(
              MemoryModel.of(base),
              LeastNeed.verification(base.decoder(), values, golden.toString()),
              Precision.FLOAT32),
          "golden values with fewer or shorter rows");
      try (LocalModel model =
          new LocalModel(
              base,
              Optional.empty(),
              node::testedDevice,
              weights.allowance(node.settings()),
              NodeOptions.lines(talk))) {
        return model.compute(loaded -> Verification.of(loaded.get(), values, golden.toString()));
      }
    }
  }

  private ObjectNode json(
      List<Difference> differences, Map<String, Difference> worst, boolean within) {
    ObjectNode root = Json.object();
    root.put("within", within).put("tolerance", tolerance).put("tensors", differences.size());
    ObjectNode kinds = root.putObject("worst");
    worst.forEach(
        (kind, difference) ->
            kinds
                .putObject(kind)
                .put("error", difference.error())
                .put("tensor", difference.tensor()));
    return root;
  }
}
