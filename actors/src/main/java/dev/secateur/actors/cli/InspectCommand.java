package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Discovery;
import dev.secateur.json.Json;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.TextModel;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.demo.DemoModel;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur inspect}: what a model is, and what pruning would leave of it. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a model's family, parameters, multiply-accumulates (MACs), memory and coupled"
          + " structures; with a recipe or a ratio, those of the pruned model. Reads no weights.",
      "MACs are for 64 tokens, memory is for half precision on a GPU, both as LLM-Pruner"
          + " counts them. With --memory, it prints the memory that each stage needs, for each way"
          + " to keep the weights."
    })
final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "CHECKPOINT",
      description = "A checkpoint folder, a config.json, hf:owner/name[@revision], or 'demo'.")
  private String checkpoint;

  @Option(names = "--recipe", paramLabel = "FILE", description = "Recipe to prune by.")
  private Path recipe;

  @Mixin private PointOptions point;

  @Mixin private MemoryOptions memory;

  @Mixin private NodeOptions node;

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    memory.check();
    Path named = named();
    Optional<Checkpoint> folder =
        Files.isDirectory(named) ? Optional.of(Checkpoint.open(named)) : Optional.empty();
    Decoder base =
        folder.map(Checkpoint::decoder).orElseGet(() -> Families.of(ModelConfig.read(named)));
    folder
        .map(Checkpoint::textModel)
        .orElseGet(() -> TextModel.of(ModelConfig.read(named)))
        .ifPresent(text -> spec.commandLine().getErr().println(text.line()));
    Costs before = Costs.of(base, Costs.TOKENS);
    Decoder shown = pruned(base);
    PrintWriter out = spec.commandLine().getOut();
    if (memory.isAsked()) {
      MemoryReport report =
          new MemoryReport(
              shown,
              folder.filter(Checkpoint::hasWeights).map(Checkpoint::types).orElse(Map.of()),
              memory);
      if (json.isGiven()) {
        out.println(report.json().toPrettyString());
      } else {
        report.print(out);
      }
    } else if (json.isGiven()) {
      out.println(json(base, before, shown).toPrettyString());
    } else {
      print(base, before, shown, out);
    }
    out.flush();
    return 0;
  }

  private Path named() {
    Downloads downloads = new Downloads(spec.commandLine().getErr());
    return checkpoint.equals(DemoModel.NAME)
        ? new LocalFiles(downloads, node.work(node.settings()).models()).model(checkpoint)
        : LocalFiles.config(checkpoint, downloads);
  }

  private Decoder pruned(Decoder base) {
    if (recipe != null) {
      if (point.strategy != null || point.ratio != null) {
        throw new InputException("give --recipe, or --strategy and --ratio, not both");
      }
      Recipe read = Recipe.read(recipe);
      refuseMasks(read.strategy());
      return Pruning.prune(base, read.groups());
    }
    if (point.strategy == null && point.ratio == null) {
      return base;
    }
    refuseMasks(point.strategy);
    if (point.scope() != Scope.LOCAL) {
      throw new InputException(
          "which units scope "
              + point.scope().label()
              + " removes depends on scores; give --recipe");
    }
    Point asked = point.point(base.layers(), Criterion.L1, Aggregation.SUM, 1);
    return Pruning.prune(base, new PointPruning(base, Discovery.of(base), asked).counted());
  }

  private static void refuseMasks(Strategy strategy) {
    if (strategy == Strategy.IGNORE_DEPENDENCIES) {
      throw new InputException(
          "the strategy 'ignore-dependencies' only masks weights and changes no size");
    }
  }

  private static void putCosts(ObjectNode node, Costs costs) {
    node.put("parameters", costs.parameters());
    node.put("active_parameters", costs.activeParameters());
    node.put("macs", costs.macs());
    node.put("memory_bytes", costs.memoryBytes());
  }

  private static ObjectNode json(Decoder base, Costs before, Decoder shown) {
    ObjectNode root = Json.object();
    root.put("family", base.family());
    putCosts(root, Costs.of(shown, Costs.TOKENS));
    root.put("tokens", Costs.TOKENS);
    root.put("layers", shown.layers());
    if (shown != base) {
      putCosts(root.putObject("base"), before);
    }
    ArrayNode structures = root.putArray("structures");
    for (CoupledStructure structure : Discovery.of(shown)) {
      ObjectNode node = structures.addObject();
      node.put("name", structure.name());
      node.put("kind", structure.kind().name().toLowerCase(Locale.ROOT));
      node.put("units", structure.units());
      node.put("channels_per_unit", structure.channelsPerUnit());
      ArrayNode members = node.putArray("members");
      for (Member member : structure.members()) {
        ObjectNode one = members.addObject();
        one.put("parameter", member.parameter());
        one.put("dimension", member.dimension());
        if (member.dimension() != Member.WHOLE) {
          one.put("entries_per_unit", member.entries(0).size());
        }
      }
    }
    return root;
  }

  private static void print(Decoder base, Costs before, Decoder shown, PrintWriter out) {
    Costs costs = Costs.of(shown, Costs.TOKENS);
    AlignedTable sizes = new AlignedTable(Head.words(""), Head.words(""));
    sizes.add("family", base.family() + ", " + shown.layers() + " layers");
    sizes.add("parameters", size(costs.parameters(), before.parameters(), 1e9, "B"));
    if (before.activeParameters() != before.parameters()) {
      sizes.add("per token", size(costs.activeParameters(), before.activeParameters(), 1e9, "B"));
    }
    sizes.add("macs", size(costs.macs(), before.macs(), 1e9, "G"));
    sizes.add("memory", size(costs.memoryBytes(), before.memoryBytes(), 1 << 20, "MiB"));
    sizes.print(out);
    out.println();
    structures(shown).print(out);
  }

  private static AlignedTable structures(Decoder shown) {
    AlignedTable table =
        new AlignedTable(Head.words("structure"), Head.numbers("units"), Head.words("members"));
    Set<String> told = new HashSet<>();
    for (CoupledStructure structure : Discovery.of(shown)) {
      String name = structure.name().replaceAll("experts\\.\\d+\\.", "experts.*.");
      if (!told.add(name + " " + structure.units())) {
        continue; // another expert of the block, as wide
      }
      String members =
          structure.members().size() > 12
              ? structure.members().size() + " parameters"
              : String.join(", ", structure.members().stream().map(InspectCommand::brief).toList());
      table.add(name, structure.units(), members);
    }
    return table;
  }

  private static String size(long value, long base, double unit, String suffix) {
    String size = String.format(Locale.ROOT, "%,d (%.2f %s)", value, value / unit, suffix);
    return value == base
        ? size
        : size + String.format(Locale.ROOT, ", %.2f %% of %,d", 100.0 * value / base, base);
  }

  private static String brief(Member member) {
    String[] words = member.parameter().split("\\.");
    String name = words[words.length - 1];
    if (words.length > 1 && name.matches("weight|bias")) {
      name = words[words.length - 2] + (name.equals("bias") ? ".bias" : "");
    }
    return switch (member.dimension()) {
      case 0 -> name + " rows";
      case 1 -> name + " columns";
      case 2 -> name + " third dimension";
      default -> name;
    };
  }
}
