package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.coordinator.config.EvaluationSection;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.config.Values;
import dev.secateur.generation.Continuation;
import dev.secateur.generation.Repetition;
import dev.secateur.json.Json;
import dev.secateur.local.GenerateJob;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.MemoryModel;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.Precision;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur generate}: reads like the model writes. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = "Generates text from a prompt and measures how repetitive it is.")
final class GenerateCommand implements Callable<Integer> {
  @Mixin private AdaptedCheckpointOptions model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Prompt to continue (default: none).")
  private String prompt;

  @Mixin private KeyOptions keys = new KeyOptions(values -> generation(values, ""));

  @Mixin private KeyOptions computing = KeyOptions.of(SweepConfigReader.COMPUTE);

  @Mixin private JsonOption json;

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  private static Generation generation(Values values, String prompt) {
    return EvaluationSection.generation(
        values, List.of(prompt), SweepConfigReader.SEED.otherwise().orElseThrow());
  }

  @Override
  public Integer call() {
    Generation asked = generation(keys, prompt);
    PrintWriter talk = spec.commandLine().getErr();
    Path folder = model.folder(node, talk);
    Precision compute = computing.get(SweepConfigReader.COMPUTE);
    node.checkMemory(
        "generation",
        LeastNeed.of(
            MemoryModel.of(Checkpoint.open(folder)),
            LeastNeed.generation(asked.maxTokens()),
            compute),
        "fewer --max-tokens, --compute bfloat16");
    try (GenerateJob job =
        new GenerateJob(
            folder,
            model.adapter(node, talk),
            node.testedDevice(),
            weights.allowance(node.settings()),
            compute,
            NodeOptions.lines(talk))) {
      Continuation text = job.run(asked).get(0);
      Repetition repetition = text.repetition();
      PrintWriter out = spec.commandLine().getOut();
      if (json.isGiven()) {
        ObjectNode root = Json.object();
        root.put("compute", computing.get(SweepConfigReader.COMPUTE).label());
        root.put("prompt", prompt).put("text", text.text()).put("tokens", text.tokens());
        root.put("tokens_per_second", text.tokens() / text.seconds());
        root.put("distinct_1", repetition.distinct1()).put("distinct_2", repetition.distinct2());
        root.put("repeated_4", repetition.repeated4());
        out.println(root.toPrettyString());
      } else {
        out.println(prompt + text.text());
        talk.printf(
            Locale.ROOT,
            "%d tokens, %.0f per second; distinct-1 %.2f, distinct-2 %.2f, repeated 4-grams"
                + " %.2f%n",
            text.tokens(),
            text.tokens() / text.seconds(),
            repetition.distinct1(),
            repetition.distinct2(),
            repetition.repeated4());
        talk.flush();
      }
      out.flush();
    }
    return 0;
  }
}
