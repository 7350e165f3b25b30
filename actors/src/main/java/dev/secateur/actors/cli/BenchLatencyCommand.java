package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.coordinator.config.EvaluationSection;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.generation.Latency;
import dev.secateur.json.Json;
import dev.secateur.local.EvaluateJob;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.MemoryModel;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LatencyProtocol;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur bench latency}: how fast a checkpoint is on this machine. */
@Command(
    name = "latency",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures a checkpoint's speed: forward passes over batches of a text's tokens, and"
          + " token-by-token generation with a key/value cache; prints median and spread.",
      "--preset paper: the whole test set of WikiText-2 in sequences of 64 tokens, as published."
    })
final class BenchLatencyCommand implements Callable<Integer> {
  /** A protocol by name. */
  enum Preset {
    /** One token after the other of one sequence: what a reader waits for. */
    INTERACTIVE("wordnet", 1, EvaluationSection.LATENCY),
    /** Large batches: what a server is worth. */
    THROUGHPUT("wordnet", 16, new LatencyProtocol(16, 128, 0, 1, 5)),
    /** One pass over the whole test set of WikiText-2 (arXiv 2305.11627, Table 3). */
    PAPER("wikitext2", Integer.MAX_VALUE, new LatencyProtocol(1, 64, 0, 0, 1));

    private final String text;
    private final int inputs;
    private final LatencyProtocol protocol;

    Preset(String text, int inputs, LatencyProtocol protocol) {
      this.text = text;
      this.inputs = inputs;
      this.protocol = protocol;
    }
  }

  @Mixin private AdaptedCheckpointOptions model;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "interactive",
      description = "interactive, throughput or paper (default: ${DEFAULT-VALUE}).")
  private Preset preset;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "Text to use instead of the preset's.")
  private String text;

  @Option(names = "--inputs", paramLabel = "N", description = "Sequences per pass.")
  private Integer inputs;

  @Option(names = "--batch", paramLabel = "N", description = "Batch size.")
  private Integer batch;

  @Option(names = "--length", paramLabel = "T", description = "Tokens per sequence.")
  private Integer length;

  @Option(names = "--generated", paramLabel = "T", description = "Tokens to generate.")
  private Integer generated;

  @Option(names = "--warmup", paramLabel = "N", description = "Warm-up passes, not measured.")
  private Integer warmup;

  @Option(names = "--repetitions", paramLabel = "N", description = "Measured passes.")
  private Integer repetitions;

  @Mixin private KeyOptions computing = KeyOptions.of(SweepConfigReader.COMPUTE);

  @Mixin private JsonOption json;

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    LatencyProtocol protocol = protocol();
    PrintWriter talk = spec.commandLine().getErr();
    String named = text == null ? preset.text : text;
    int all = inputs == null ? Math.max(preset.inputs, protocol.batch()) : inputs;
    Path folder = model.folder(node, talk);
    node.checkMemory(
        "the measurement",
        LeastNeed.of(
            MemoryModel.of(Checkpoint.open(folder)),
            LeastNeed.latency(protocol),
            computing.get(SweepConfigReader.COMPUTE)),
        "a smaller --batch, a smaller --length, --compute bfloat16");
    var device = node.testedDevice();
    try (EvaluateJob job =
        new EvaluateJob(
            folder,
            model.adapter(node, talk),
            () -> device,
            weights.allowance(node.settings()),
            computing.get(SweepConfigReader.COMPUTE),
            NodeOptions.lines(talk))) {
      Latency latency =
          job.latency(
              node.text(named, talk),
              protocol,
              all == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(all),
              (done, passes) -> {});
      tell(latency, protocol, named, device.toString());
    }
    return 0;
  }

  private LatencyProtocol protocol() {
    LatencyProtocol from = preset.protocol;
    LatencyProtocol protocol =
        new LatencyProtocol(
            or(batch, from.batch()),
            or(length, from.length()),
            or(generated, from.generated()),
            or(warmup, from.warmup()),
            or(repetitions, from.repetitions()));
    if (protocol.batch() < 1
        || protocol.length() < 1
        || protocol.generated() < 0
        || protocol.warmup() < 0
        || protocol.repetitions() < 1
        || inputs != null && inputs < 1) {
      throw new InputException(
          "--batch, --length, --inputs and --repetitions must be at least 1, --generated and"
              + " --warmup at least 0");
    }
    return protocol;
  }

  private static int or(Integer given, int otherwise) {
    return given == null ? otherwise : given;
  }

  private void tell(Latency latency, LatencyProtocol protocol, String named, String device) {
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      ObjectMapper mapper = Json.MAPPER;
      ObjectNode root = mapper.valueToTree(latency);
      root.set("protocol", mapper.valueToTree(protocol));
      root.put("device", device).put("text", named);
      root.put("compute", computing.get(SweepConfigReader.COMPUTE).label());
      out.println(root.toPrettyString());
    } else {
      out.printf(
          "%s, %s, %d tokens of %s, batches of %d x %d%n",
          device,
          computing.get(SweepConfigReader.COMPUTE).label(),
          latency.tokens(),
          named,
          protocol.batch(),
          protocol.length());
      line("forward pass", latency.forward(), out);
      out.printf(
          Locale.ROOT, "  %.0f tokens a second%n", latency.tokens() / latency.forward().median());
      if (latency.token().count() > 0) {
        line("generated token", latency.token(), out);
      }
    }
    out.flush();
  }

  private static void line(String what, Latency.Spread spread, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-22s median %.4g s, 10th percentile %.4g, 90th percentile %.4g, of %d%n",
        what,
        spread.median(),
        spread.tenth(),
        spread.ninetieth(),
        spread.count());
  }
}
