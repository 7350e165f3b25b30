package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.secateur.BaichuanFixture;
import dev.secateur.LlamaCpp;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Slicer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README's table of what llama.cpp computes of each family, cut by each strategy. */
class GgufTableTest {
  private static final List<String> CHECKPOINTS =
      List.of(
          "bloom",
          "chatglm",
          "gemma2",
          "gemma3",
          "gpt-neox",
          "gpt-oss",
          "gpt2",
          "granite",
          "llama-mha",
          "mistral",
          "mixtral",
          "olmo2",
          "olmoe",
          "opt",
          "phi3",
          "qwen2",
          "qwen3",
          "qwen3-moe",
          "smollm3");

  /** The reasons that the table gives, by words of the message. */
  private static final Map<String, String> REASONS = new LinkedHashMap<>();

  static {
    REASONS.put("heads that fill", "heads");
    REASONS.put("blocks of one size", "one size");
    REASONS.put("every fourth block", "pattern");
    REASONS.put("does not support this model", "no graph");
    REASONS.put("are not written as GGUF", "not written");
  }

  @TempDir Path folder;

  @Test
  void isTheOneInTheReadme() throws IOException {
    StringBuilder table = new StringBuilder("| `model_type` |");
    Arrays.stream(Cut.values()).forEach(cut -> table.append(" ").append(cut.title()).append(" |"));
    table.append("\n|---|").append("---|".repeat(Cut.values().length)).append("\n");
    Map<String, String> rows = new TreeMap<>();
    for (Path checkpoint : checkpoints()) {
      rows.put(Checkpoint.open(checkpoint).decoder().family(), row(checkpoint));
    }
    rows.forEach((family, row) -> table.append("| `" + family + "` |").append(row).append("\n"));
    assertThat(Files.readString(Path.of("README.md")).contains(table.toString()))
        .as("README.md of gpu-worker has this table:\n" + table)
        .isTrue();
  }

  @Test
  void llamaCppComputesWhatIsWritten() throws IOException {
    LlamaCpp llama = LlamaCpp.there();
    Comparison comparison = new Comparison(folder);
    for (Path checkpoint : checkpoints()) {
      for (Map.Entry<Cut, String> cell : cells(checkpoint).entrySet()) {
        if (cell.getValue().equals("yes")) {
          comparison.add(checkpoint, cell.getKey(), GgufType.F32, tolerance(checkpoint));
        }
      }
    }
    comparison.check(llama);
  }

  /** llama.cpp takes GELU from a table in half precision, and by its approximation always. */
  private static double tolerance(Path checkpoint) {
    boolean gelu =
        List.of("bloom", "gemma2", "gemma3", "gpt2", "gpt-neox")
            .contains(checkpoint.getFileName().toString());
    return gelu ? 1e-2 : 2e-3;
  }

  private List<Path> checkpoints() throws IOException {
    GgufCheckpoints checkpoints = new GgufCheckpoints(folder);
    List<Path> all = new ArrayList<>();
    for (String name : CHECKPOINTS) {
      all.add(name.equals("qwen3-moe") ? withoutPlainBlock(checkpoints) : checkpoints.of(name));
    }
    Path baichuan = folder.resolve("baichuan");
    if (!Files.exists(baichuan)) {
      BaichuanFixture.write(baichuan, false);
      Files.writeString(
          baichuan.resolve("tokenizer.json"), GgufCheckpoints.bytewise(128).toString());
    }
    all.add(baichuan);
    return all;
  }

  /** Its first block has no experts, for which llama.cpp has no graph. */
  private Path withoutPlainBlock(GgufCheckpoints checkpoints) throws IOException {
    Path target = folder.resolve("qwen3-moe-blocks");
    Checkpoint checkpoint = Checkpoint.open(checkpoints.of("qwen3-moe"));
    if (!Files.exists(target)) {
      try (Model model = CheckpointReader.load(checkpoint, Device.cpu());
          Model cut = Slicer.slice(model, List.of(new Recipe.Group("layers", 3, List.of(0))))) {
        CheckpointWriter.write(cut, checkpoint, WrittenTypes.all(ElementType.F32), target);
      }
    }
    return target;
  }

  private static String row(Path checkpoint) {
    StringBuilder row = new StringBuilder();
    cells(checkpoint)
        .values()
        .forEach(cell -> row.append(cell.isEmpty() ? " |" : " " + cell + " |"));
    return row.toString();
  }

  /** Whether a file is written of each cut, or why not; empty where there is nothing to cut. */
  private static Map<Cut, String> cells(Path checkpoint) {
    Map<Cut, String> cells = new EnumMap<>(Cut.class);
    Decoder decoder = Checkpoint.open(checkpoint).decoder();
    for (Cut cut : Cut.values()) {
      cells.put(cut, cut.applies(decoder) ? cell(decoder, cut) : "");
    }
    return cells;
  }

  private static String cell(Decoder decoder, Cut cut) {
    try {
      new Description(Pruning.prune(decoder, cut.of(decoder)));
      return "yes";
    } catch (InputException e) {
      return REASONS.entrySet().stream()
          .filter(reason -> e.getMessage().contains(reason.getKey()))
          .map(Map.Entry::getValue)
          .findFirst()
          .orElse(e.getMessage());
    }
  }
}
