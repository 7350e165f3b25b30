package dev.secateur.worker;

import ai.djl.Device;
import dev.secateur.generation.Generator;
import dev.secateur.generation.Repetition;
import dev.secateur.generation.Sampling;
import dev.secateur.model.Model;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.LongStream;

/** Lets one checkpoint write, without a cluster. */
public final class GenerateJob implements AutoCloseable {
  private final Model model;
  private final Tokenizer tokenizer;

  /** What was written, without the prompt. */
  public record Text(String text, int tokens, double seconds, Repetition repetition) {}

  /**
   * Loads the model.
   *
   * @param adapter a PEFT adapter that is merged into it
   */
  public GenerateJob(Path folder, Optional<Path> adapter, Device device) {
    tokenizer = Tokenizer.open(folder);
    model = EvaluateJob.load(folder, adapter, device);
  }

  /** Continues a prompt, which begins with the begin token where the model has one. */
  public Text run(String prompt, int most, Sampling sampling, long seed) {
    long[] ids = tokenizer.encode(prompt);
    long[] begun =
        tokenizer.bos().isPresent()
            ? LongStream.concat(LongStream.of(tokenizer.bos().getAsLong()), LongStream.of(ids))
                .toArray()
            : ids;
    long start = System.nanoTime();
    long[] more =
        new Generator(model, sampling)
            .continuation(begun, most, tokenizer.eos(), seed, token -> {});
    double seconds = (System.nanoTime() - start) / 1e9;
    String whole =
        tokenizer.decode(LongStream.concat(LongStream.of(ids), LongStream.of(more)).toArray());
    String decodedPrompt = tokenizer.decode(ids);
    String text =
        whole.startsWith(decodedPrompt)
            ? whole.substring(decodedPrompt.length())
            : tokenizer.decode(more);
    return new Text(text, more.length, seconds, Repetition.of(more));
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
