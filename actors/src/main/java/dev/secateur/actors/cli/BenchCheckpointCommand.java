package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.RandomCheckpoint;
import dev.secateur.coordinator.config.Key;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.json.Json;
import dev.secateur.local.bench.PeakMemory;
import dev.secateur.model.ModelConfig;
import dev.secateur.protocol.InputException;
import dev.secateur.source.LocalFiles;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur bench checkpoint}: a model of any size to measure with. */
@Command(
    name = "checkpoint",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes a checkpoint with the shape of a config.json and random weights, like a model"
          + " before training: norms 1, biases 0, matrices with mean 0 and standard deviation 0.02.",
      "It needs little memory for models of any size."
    })
final class BenchCheckpointCommand implements Callable<Integer> {
  private static final Key<Long> SHARD_SIZE =
      Key.bytes("shard-size", "the maximum size of a file of weights");
  private static final double GIB = 1 << 30;
  private static final long NANOS_BETWEEN_LINES = 2_000_000_000;

  @Option(
      names = "--like",
      paramLabel = "CONFIG",
      required = true,
      description = "A config.json, a checkpoint folder, or hf:owner/name[@revision].")
  private String like;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder to write the checkpoint to.")
  private Path out;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description = "Also copy the tokenizer and the other small files of this folder.")
  private Path tokenizer;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "BF16",
      description = "Element type of the weights: F32, F16 or BF16 (default: ${DEFAULT-VALUE}).")
  private String dtype;

  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      defaultValue = "5GB",
      description =
          "Maximum size of a file of weights, such as 5GB or 4GiB; changes no weight"
              + " (default: ${DEFAULT-VALUE}).")
  private String shardSize;

  @Mixin private KeyOptions random = KeyOptions.of(SweepConfigReader.SEED);

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ElementType type = ElementType.ofWeights(dtype, "--dtype");
    long most = shardBytes();
    NewFolder.check(out);
    if (tokenizer != null) {
      Tokenizer.file(tokenizer);
    }
    PrintWriter talk = spec.commandLine().getErr();
    RandomCheckpoint checkpoint =
        new RandomCheckpoint(
            ModelConfig.read(config(talk)), type, random.get(SweepConfigReader.SEED));
    long start = System.nanoTime();
    RandomCheckpoint.Written written =
        checkpoint.write(
            out, most, Optional.ofNullable(tokenizer), progress(checkpoint.bytes(), talk));
    tell(written, (System.nanoTime() - start) / 1e9);
    return 0;
  }

  private long shardBytes() {
    try {
      return SHARD_SIZE.of(shardSize);
    } catch (InputException e) {
      throw new InputException("--shard-size " + e.getMessage(), e);
    }
  }

  private Path config(PrintWriter talk) {
    Path named = LocalFiles.config(like, new Downloads(talk));
    return Files.isDirectory(named) ? named.resolve("config.json") : named;
  }

  private static LongConsumer progress(long all, PrintWriter talk) {
    long[] last = {System.nanoTime()};
    return done -> {
      long now = System.nanoTime();
      if (now - last[0] >= NANOS_BETWEEN_LINES) {
        last[0] = now;
        talk.printf(Locale.ROOT, "%.2f of %.2f GiB written%n", done / GIB, all / GIB);
        talk.flush();
      }
    };
  }

  private void tell(RandomCheckpoint.Written written, double seconds) {
    PrintWriter print = spec.commandLine().getOut();
    if (json.isGiven()) {
      ObjectNode root = Json.MAPPER.valueToTree(written);
      root.put("seconds", seconds).put("bytes_per_second", written.bytes() / seconds);
      root.put("peak_bytes", PeakMemory.bytes().orElse(0)).put("out", out.toString());
      print.println(root.toPrettyString());
    } else {
      print.printf(
          Locale.ROOT,
          "%,d parameters, %.2f GiB, %d tensors in %d %s; %.1f s, %.0f MB/s; written to %s%n",
          written.parameters(),
          written.bytes() / GIB,
          written.tensors(),
          written.shards(),
          written.shards() == 1 ? "file" : "shards",
          seconds,
          written.bytes() / seconds / 1e6,
          out);
    }
    print.flush();
  }
}
