package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.coordinator.json.Json;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands on one checkpoint read and write as weights; they run in this process. */
class StoredWeightsTest {
  private static final String UP = "model.layers.2.mlp.up_proj.weight";

  @TempDir Path folder;
  private Path demo;

  @BeforeEach
  void extractTheDemoModel() {
    demo = DemoModel.extract(folder.resolve("models"));
  }

  private static Cli.Result run(Object... arguments) {
    return Cli.here(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
  }

  private Cli.Result prune(Object... more) {
    return ofTheDemo("prune --strategy block --ratio 0.5 --criterion l2", more);
  }

  private Cli.Result merge(Object... more) {
    return ofTheDemo(
        "recover --merge --data wordnet --template plain --cutoff 64 --steps 1 --batch 1"
            + " --micro-batch 1",
        more);
  }

  /** A command, with the demo model as its first argument. */
  private Cli.Result ofTheDemo(String command, Object... more) {
    List<Object> all = new ArrayList<>(List.of((Object[]) command.split(" ")));
    all.add(1, demo);
    all.addAll(List.of(more));
    return Cli.here(all.stream().map(Object::toString).toArray(String[]::new));
  }

  /** Overwrites the first element of a tensor of the demo model, which is stored as F16. */
  private void poke(String tensor, int half) throws IOException {
    Path file = demo.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer content = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) content.getLong(0);
    long begin =
        Json.MAPPER.readTree(bytes, 8, header).path(tensor).path("data_offsets").path(0).asLong();
    content.putShort(8 + header + (int) begin, (short) half);
    Files.write(file, bytes);
  }

  private static void oneLine(Cli.Result result, String... complaints) {
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    List<String> told = result.err().lines().filter(line -> line.startsWith("secateur: ")).toList();
    assertThat(told).hasSize(1);
    assertThat(told.get(0)).contains(complaints).doesNotContain("Exception");
    assertThat(result.err()).doesNotContain("\tat ");
  }

  @Test
  void noCommandComputesWithAWeightThatIsNotFinite() throws IOException {
    poke(UP, 0x7e00); // NaN
    Path recipe = folder.resolve("r.json");
    Path out = folder.resolve("out");
    for (String criterion : List.of("l1", "random", "wanda")) {
      Cli.Result pruned =
          run(
              "prune",
              demo,
              "--strategy",
              "block",
              "--ratio",
              "0.5",
              "--criterion",
              criterion,
              "--calibration",
              "wordnet",
              "--samples",
              "1",
              "--length",
              "8",
              "--recipe",
              recipe,
              "--out",
              out);
      oneLine(pruned, "model.safetensors: tensor '" + UP + "' holds NaN at [0, 0]");
    }
    oneLine(run("evaluate", demo, "--perplexity", "wordnet"), UP, "NaN");
    poke(UP, 0xfc00); // minus infinity
    oneLine(run("evaluate", demo, "--perplexity", "wordnet"), UP, "holds -Infinity at [0, 0]");
    assertThat(recipe).doesNotExist();
    assertThat(out).doesNotExist();
  }

  @Test
  void prunedWeightsAreStoredAsTheBaseStoresThem() throws IOException {
    Path out = folder.resolve("out");
    Cli.Result pruned = prune("--out", out);
    assertThat(pruned.code()).as(pruned.err()).isZero();
    assertThat(Checkpoint.open(out).types().values()).containsOnly(ElementType.F16);
    assertThat(Files.size(out.resolve("model.safetensors")))
        .isLessThan(Files.size(demo.resolve("model.safetensors")));
    Path wide = folder.resolve("wide");
    prune("--out", wide, "--dtype", "f32");
    assertThat(Checkpoint.open(wide).types().values()).containsOnly(ElementType.F32);
    oneLine(
        run("prune", demo, "--strategy", "block", "--ratio", "0.5", "--dtype", "I8"),
        "--dtype is I8; allowed are F32, F16 and BF16");
  }

  @Test
  void aMergedAdapterIsStoredAsTheBaseStoresIt() {
    Path out = folder.resolve("merged");
    Cli.Result merged = merge("--out", out);
    assertThat(merged.code()).as(merged.err()).isZero();
    assertThat(Checkpoint.open(out).types().values()).containsOnly(ElementType.F16);
    Path wide = folder.resolve("wide");
    Cli.Result asked = merge("--dtype", "F32", "--out", wide);
    assertThat(asked.code()).as(asked.err()).isZero();
    assertThat(Checkpoint.open(wide).types().values()).containsOnly(ElementType.F32);
    oneLine(
        run("recover", demo, "--data", "wordnet", "--dtype", "F16", "--out", folder.resolve("a")),
        "--dtype needs --merge");
  }

  @Test
  void aRecipeThatIsNotOfItsKindIsOneLineForEveryReader() throws IOException {
    Path recipe = folder.resolve("r.json");
    prune("--recipe", recipe);
    String whole = Files.readString(recipe);
    Files.writeString(recipe, whole.replaceFirst("\"removed\" : \\[[^]]*]", "\"removed\" : null"));
    for (Cli.Result result :
        List.of(
            run("compare", recipe, recipe),
            run("inspect", demo, "--recipe", recipe),
            run(
                "train",
                "--like",
                demo,
                "--recipe",
                recipe,
                "--data",
                "wordnet",
                "--out",
                folder.resolve("trained")))) {
      oneLine(result, "r.json: 'groups[0].removed' is null, not a list");
    }
  }
}
