package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.source.SourceHashes;
import dev.secateur.source.demo.DemoModel;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that compute, each to its end on the smallest thing that is real. */
class ComputingCommandsTest {

  /** A LLaMA of three layers and what another program computes with it. */
  private static final Path SMALL =
      Path.of(System.getProperty("secateur.root", ".."))
          .resolve("gpu-worker/src/test/resources/families/llama-mha");

  private static final String TINY =
      "--layers 2 --width 16 --mlp 32 --heads 2 --vocabulary 64 --length 8 --repetitions 1";

  @TempDir static Path folder;
  private static String demo;

  @BeforeAll
  static void extractTheDemoModel() {
    demo = DemoModel.extract(folder).toString();
  }

  private static Cli.Result here(String words, String... more) {
    return Cli.here(
        Stream.concat(Stream.of(words.split(" ")), Stream.of(more)).toArray(String[]::new));
  }

  private static JsonNode json(String words, String... more) throws IOException {
    Cli.Result result = here(words + " --json", more);
    assertThat(result.code()).as(result.err() + result.out()).isZero();
    return Json.MAPPER.readTree(result.out());
  }

  @Test
  void generatesAContinuation() throws Exception {
    JsonNode text = json("generate " + demo + " --max-tokens 4", "--prompt", "a small d\u00f6g");
    assertThat(text.get("prompt").asText()).isEqualTo("a small d\u00f6g");
    assertThat(text.get("tokens").asInt()).isBetween(1, 4);
    assertThat(text.get("text").asText()).isNotEmpty();
    Cli.Result plain = here("generate " + demo + " --max-tokens 4 --prompt dog");
    assertThat(plain.code()).isZero();
    assertThat(plain.out()).startsWith("dog");
    assertThat(plain.err()).contains("tokens, ").contains("distinct-1");
  }

  @Test
  void recoversAnAdapterThatEvaluationTakes() throws Exception {
    Path adapter = folder.resolve("adapter");
    JsonNode done =
        json(
            "recover "
                + demo
                + " --data wordnet --steps 1 --batch 1 --micro-batch 1 --cutoff 128 --rank 1 --out "
                + adapter);
    assertThat(done.get("steps").asInt()).isEqualTo(1);
    assertThat(done.get("loss").asDouble()).isPositive();
    assertThat(adapter.resolve("adapter_config.json")).isNotEmptyFile();
    assertThat(adapter.resolve("adapter_model.safetensors")).isNotEmptyFile();
    assertThat(
            json("generate " + demo + " --max-tokens 1 --prompt dog --adapter " + adapter)
                .get("tokens")
                .asInt())
        .isEqualTo(1);
  }

  @Test
  void whatIsWrittenSaysHowItWasMadeAndQuotesItsBase() throws Exception {
    Path pruned = folder.resolve("pruned by me");
    json(
        "prune " + demo + " --strategy block --ratio 0.25 --criterion l2 --seed 5",
        "--out",
        pruned.toString());
    JsonNode first = Json.MAPPER.readTree(pruned.resolve("provenance.json").toFile());
    assertThat(first.get("command").asText())
        .startsWith(
            "secateur prune " + demo + " --strategy block --ratio 0.25 --criterion l2 --seed 5 ")
        .contains("--out '" + pruned + "'");
    assertThat(first.get("seed").asInt()).isEqualTo(5);
    assertThat(first.at("/point/criterion").asText()).isEqualTo("l2");
    assertThat(first.at("/base/sha256").asText()).isEqualTo(SourceHashes.model(Path.of(demo)));
    assertThat(first.at("/base/provenance/tokenizer").asText()).contains("BPE");
    assertThat(first.at("/machine/device").asText()).isEqualTo("cpu");
    Path merged = folder.resolve("merged");
    json(
        "recover --data wordnet --steps 1 --batch 1 --micro-batch 1 --cutoff 128 --rank 1 --merge"
            + " --out "
            + merged,
        pruned.toString());
    JsonNode second = Json.MAPPER.readTree(merged.resolve("provenance.json").toFile());
    assertThat(second.get("command").asText()).startsWith("secateur recover --data wordnet");
    assertThat(second.at("/base/source").asText()).isEqualTo(pruned.toString());
    assertThat(second.at("/base/sha256").asText()).isEqualTo(SourceHashes.model(pruned));
    assertThat(second.at("/base/provenance")).isEqualTo(first);
    assertThat(second.at("/tuning/rank").asInt()).isEqualTo(1);
    assertThat(second.at("/data/sha256").asText()).isEqualTo("wordnet-3.1");
    Path scratch = folder.resolve("scratch");
    json(
        "train --data wordnet --steps 1 --batch 1 --micro-batch 1 --cutoff 128 --like "
            + demo
            + " --out "
            + scratch);
    JsonNode third = Json.MAPPER.readTree(scratch.resolve("provenance.json").toFile());
    assertThat(third.get("command").asText()).startsWith("secateur train --data wordnet");
    assertThat(third.at("/base/sha256").asText()).isEqualTo(SourceHashes.model(Path.of(demo)));
    assertThat(third.at("/seed").asInt()).isEqualTo(42);
  }

  @Test
  void quotesWhatAShellWouldTakeApart() {
    assertThat(TypedCommand.of(List.of("run", "a b.conf", "--set", "x='y'")))
        .isEqualTo("secateur run 'a b.conf' --set 'x='\\''y'\\'''");
  }

  @Test
  void verifiesAModelAgainstAnotherProgramsNumbers() throws Exception {
    JsonNode verified = json("verify " + SMALL + " " + SMALL.resolve("golden.safetensors"));
    assertThat(verified.get("within").asBoolean()).isTrue();
    assertThat(verified.get("worst").has("logits")).isTrue();
    assertThat(verified.at("/worst/logits/error").asDouble()).isLessThan(1e-4);
  }

  @Test
  void verifyFailsBeyondTheTolerance() throws Exception {
    Path golden = folder.resolve("other.safetensors");
    Files.write(golden, withOtherValues("logits"));
    Cli.Result beyond = here("verify " + SMALL + " " + golden);
    assertThat(beyond.code()).as(beyond.err()).isEqualTo(1);
    assertThat(beyond.out().lines().filter(line -> line.endsWith("BEYOND")))
        .singleElement()
        .asString()
        .startsWith("logits");
    assertThat(beyond.out()).contains("tensors compared: beyond the tolerance of 1.0e-04");
    assertThat(here("verify " + SMALL + " " + golden + " --tolerance 1e3").code()).isZero();
  }

  /** The golden values with one number of a tensor far off. */
  private static byte[] withOtherValues(String tensor) throws IOException {
    byte[] bytes = Files.readAllBytes(SMALL.resolve("golden.safetensors"));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) buffer.getLong(0);
    JsonNode described = Json.MAPPER.readTree(new String(bytes, 8, header, StandardCharsets.UTF_8));
    int at = 8 + header + described.get(tensor).get("data_offsets").get(0).asInt();
    buffer.putFloat(at, buffer.getFloat(at) + 1);
    return bytes;
  }

  @Test
  void verifyNeedsTheGoldenValues() {
    Cli.Result missing = here("verify " + SMALL + " " + folder.resolve("none.safetensors"));
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).hasLineCount(1).contains("none.safetensors");
  }

  @Test
  void theDoctorFindsThisMachineWell() throws Exception {
    Cli.Result well = here("doctor --device cpu --work " + folder.resolve("work"));
    assertThat(well.code()).as(well.out()).isZero();
    assertThat(well.out()).contains("self-test    passed").endsWith("no problems found\n");
    JsonNode same = json("doctor --device cpu --work " + folder.resolve("work"));
    assertThat(same.get("problems")).isEmpty();
    assertThat(same.get("device").asText()).startsWith("cpu");
  }

  @Test
  void timesEstimation() throws Exception {
    JsonNode times = json("bench estimate --samples 1 " + TINY);
    assertThat(times.get("seconds")).isNotEmpty().allMatch(time -> time.asDouble() >= 0);
    assertThat(times.get("weight_bytes").asLong()).isPositive();
  }

  @Test
  void timesRecovery() throws Exception {
    JsonNode speed = json("bench recover --batch 1 " + TINY);
    assertThat(speed.get("tokens_per_second").asDouble()).isPositive();
  }

  @Test
  void timesAModelsPasses() throws Exception {
    Path text = Files.writeString(folder.resolve("text.txt"), "a small dog runs home ".repeat(9));
    JsonNode latency =
        json(
            "bench latency "
                + demo
                + " --text "
                + text
                + " --batch 1 --inputs 1 --length 8 --generated 2 --warmup 0 --repetitions 1");
    assertThat(latency.get("tokens").asInt()).isEqualTo(8);
    assertThat(latency.at("/forward/median").asDouble()).isPositive();
    assertThat(latency.at("/token/count").asInt()).isPositive();
  }

  @Test
  void timesTheClusterItself() throws Exception {
    JsonNode cluster =
        json(
            "bench cluster --trials 40 --workers 16 --stage-millis 0 --work "
                + folder.resolve("cluster"));
    assertThat(cluster.get("trials").asInt()).isEqualTo(40);
    assertThat(cluster.get("outcomes_per_second").asDouble()).isPositive();
  }

  @Test
  void writesACheckpointThatOtherCommandsTake() throws Exception {
    Path out = folder.resolve("random");
    JsonNode written =
        json(
            "bench checkpoint --shard-size 1MB --seed 3 --like "
                + demo
                + " --tokenizer "
                + demo
                + " --out "
                + out);
    assertThat(written.get("parameters").asLong()).isEqualTo(3_837_120);
    assertThat(written.get("bytes").asLong()).isEqualTo(2 * 3_837_120);
    assertThat(written.get("shards").asInt()).isGreaterThan(4);
    JsonNode text = json("generate " + out + " --max-tokens 2", "--prompt", "a small dog");
    assertThat(text.get("prompt").asText()).isEqualTo("a small dog");
    Path alone = folder.resolve("alone");
    Cli.Result plain =
        here("bench checkpoint --dtype f32 --like " + SMALL + "/config.json --out " + alone);
    assertThat(plain.code()).as(plain.err()).isZero();
    assertThat(plain.out()).hasLineCount(1).contains("tensors in 1 file;").contains("" + alone);
    assertThat(json("inspect " + alone).get("parameters").asLong()).isPositive();
  }

  @Test
  void anInterruptedCheckpointLeavesNothing() throws Exception {
    Path config = folder.resolve("large.json");
    Files.writeString(
        config,
        """
        {"model_type": "llama", "hidden_size": 1024, "intermediate_size": 4096,
         "num_hidden_layers": 96, "num_attention_heads": 8, "vocab_size": 32000,
         "rms_norm_eps": 1e-6}
        """);
    Path parent = Files.createDirectory(folder.resolve("interrupted"));
    Cli.Running writing =
        new Cli(folder)
            .start(
                ("bench checkpoint --shard-size 1MB --like " + config + " --out " + parent + "/out")
                    .split(" "));
    await().atMost(Duration.ofMinutes(2)).until(() -> files(parent.toFile()) >= 5);
    writing.signal("INT");
    assertThat(writing.await().code()).isEqualTo(130);
    assertThat(parent).isEmptyDirectory();
  }

  /** Files in a folder and those in it, of which some may vanish meanwhile. */
  private static int files(File folder) {
    int files = 0;
    for (File found : Objects.requireNonNullElse(folder.listFiles(), new File[0])) {
      files += found.isDirectory() ? files(found) : 1;
    }
    return files;
  }
}
