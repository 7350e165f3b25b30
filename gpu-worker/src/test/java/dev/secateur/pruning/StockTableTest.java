package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.BaichuanFixture;
import dev.secateur.Fixtures;
import dev.secateur.PythonTools;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.MemberScores;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Prunes every family in every way in half, and has what the exporter says of the checkpoints as
 * README's table: whether transformers' own classes load them.
 */
class StockTableTest {
  private static final int ROWS = 2;
  private static final int TOKENS = 12;
  private static final String STOCK = "stock";
  private static final String CODE = "code";
  private static final String NEITHER = "Secateur";

  /** A column of the table. */
  private record Way(String title, Strategy strategy, boolean uniform) {}

  private static final List<Way> WAYS =
      List.of(
          new Way("`block`", Strategy.BLOCK, false),
          new Way("`block`, uniform", Strategy.BLOCK, true),
          new Way("`channel`", Strategy.CHANNEL, false),
          new Way("`layer`", Strategy.LAYER, false),
          new Way("`expert`", Strategy.EXPERT, false),
          new Way("`block-shared`, uniform", Strategy.BLOCK_SHARED, true));

  @TempDir Path folder;

  @Test
  void isTheOneInTheReadme() throws IOException {
    Map<String, Map<Way, Set<String>>> table = new TreeMap<>();
    for (Path source : checkpoints()) {
      Checkpoint checkpoint = Checkpoint.open(source);
      Map<Way, Set<String>> row =
          table.computeIfAbsent(checkpoint.decoder().family(), family -> new LinkedHashMap<>());
      try (Model model = CheckpointReader.load(checkpoint, Device.cpu())) {
        for (Way way : ways(model)) {
          try (Model pruned = pruned(model, way)) {
            String cell = cell(write(pruned, checkpoint, way));
            row.computeIfAbsent(way, any -> new TreeSet<>()).add(cell);
          }
        }
      }
    }
    String text = text(table);
    assertThat(Files.readString(Path.of("README.md")).contains(text))
        .as("README.md of gpu-worker has this table:\n" + text)
        .isTrue();
  }

  /** Those that say so load with the plain class, others by the code that goes along. */
  @Test
  void transformersComputesTheSameOfAllButThoseThatOnlySecateurReads() throws IOException {
    PythonTools python = PythonTools.with("torch", "transformers", "safetensors");
    Map<Path, float[]> expected = new LinkedHashMap<>();
    for (Path source : checkpoints()) {
      Checkpoint checkpoint = Checkpoint.open(source);
      try (Model model = CheckpointReader.load(checkpoint, Device.cpu())) {
        for (Way way : ways(model)) {
          try (Model pruned = pruned(model, way)) {
            WrittenCheckpoint written = write(pruned, checkpoint, way);
            if (!cell(written).equals(NEITHER)) {
              expected.put(target(checkpoint, way), logits(pruned, target(checkpoint, way)));
            }
          }
        }
      }
    }
    assertThat(expected).hasSizeGreaterThan(100);

    python.run("logits.py", expected.keySet().toArray());

    expected.forEach(
        (written, logits) -> {
          try (SafetensorsFile found =
              SafetensorsFile.open(written.resolve("logits.safetensors"))) {
            double[] theirs = found.reals("logits");
            for (int i = 0; i < logits.length; i++) {
              assertThat(theirs[i]).as("%s", written).isCloseTo(logits[i], within(1e-4));
            }
          }
        });
  }

  private List<Path> checkpoints() throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> families = Files.list(Fixtures.resource("families"))) {
      families.sorted().forEach(all::add);
    }
    all.add(BaichuanFixture.write(folder.resolve("baichuan-7b"), false));
    all.add(BaichuanFixture.write(folder.resolve("baichuan-13b"), true));
    return all;
  }

  private static List<Way> ways(Model model) {
    boolean mixture = model.decoder().experts().isPresent();
    return WAYS.stream()
        .filter(
            way ->
                mixture
                    || way.strategy() != Strategy.EXPERT && way.strategy() != Strategy.BLOCK_SHARED)
        .toList();
  }

  private static Model pruned(Model model, Way way) {
    int layers = model.decoder().layers();
    boolean whole = way.strategy() != Strategy.BLOCK || way.uniform();
    LayerSpan span = whole ? new LayerSpan(0, layers) : new LayerSpan(1, layers - 1);
    Point point =
        new Point(
            way.strategy(),
            span,
            span,
            new BigDecimal("0.5"),
            Criterion.RANDOM,
            Aggregation.SUM,
            Scope.LOCAL,
            Target.GROUP_RATIO,
            1);
    PointPruning pruning =
        new PointPruning(
            model.decoder(),
            Discovery.of(model.decoder()),
            way.uniform() ? point.uniformly() : point);
    Random random = new Random(3);
    List<MemberScores> scores =
        pruning.eligible().stream()
            .map(s -> new MemberScores(s.name(), List.of(random.doubles(s.units()).toArray())))
            .toList();
    return pruning
        .recipe(() -> model, scores, (current, left, step) -> scores, Map.of(), Map.of())
        .applied(model);
  }

  private Path target(Checkpoint checkpoint, Way way) {
    String name = way.strategy().label() + (way.uniform() ? "-uniform" : "");
    return folder.resolve(checkpoint.folder().getFileName() + "-" + name);
  }

  private WrittenCheckpoint write(Model pruned, Checkpoint checkpoint, Way way) throws IOException {
    return CheckpointWriter.write(
        pruned, checkpoint, WrittenTypes.all(ElementType.F32), target(checkpoint, way));
  }

  private static String cell(WrittenCheckpoint written) {
    return written.isStock() ? STOCK : written.coded() ? CODE : NEITHER;
  }

  private static float[] logits(Model model, Path target) throws IOException {
    long[] ids =
        new Random(7).longs((long) ROWS * TOKENS, 3, model.decoder().vocabulary()).toArray();
    SafetensorsWriter.write(
        target.resolve("input.safetensors"),
        Map.of(),
        List.of(Tensor.of("input_ids", ids, ROWS, TOKENS)));
    long[][] rows = {Arrays.copyOf(ids, TOKENS), Arrays.copyOfRange(ids, TOKENS, ids.length)};
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, Batch.causal(rows)).toFloatArray();
    }
  }

  private static String text(Map<String, Map<Way, Set<String>>> table) {
    StringBuilder text = new StringBuilder("| `model_type` |");
    WAYS.forEach(way -> text.append(" ").append(way.title()).append(" |"));
    text.append("\n|---|").append("---|".repeat(WAYS.size())).append("\n");
    table.forEach(
        (family, row) -> {
          text.append("| `").append(family).append("` |");
          WAYS.forEach(
              way -> {
                Set<String> cells = row.getOrDefault(way, Set.of());
                text.append(cells.isEmpty() ? " |" : " " + String.join(", ", cells) + " |");
              });
          text.append("\n");
        });
    return text.toString();
  }
}
