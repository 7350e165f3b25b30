package dev.secateur.local;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.generation.Continuation;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.Precision;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Generates texts with one checkpoint, without a cluster. */
public final class GenerateJob implements AutoCloseable {
  private final LocalModel model;
  private final Tokenizer tokenizer;

  /**
   * Loads the model.
   *
   * @param adapter a PEFT adapter that is merged into it
   * @param allowance what it may use of memory
   * @param compute what it computes in
   * @param talk told in words how it is loaded
   */
  public GenerateJob(
      Path folder,
      Optional<Path> adapter,
      Device device,
      Allowance allowance,
      Precision compute,
      Consumer<String> talk) {
    tokenizer = Tokenizer.open(folder);
    model =
        new LocalModel(Checkpoint.open(folder), adapter, () -> device, allowance, compute, talk);
    model.get();
  }

  /** Continues each prompt, which begins with the begin token where the model has one. */
  public List<Continuation> run(Generation asked) {
    asked.prompts().forEach(prompt -> Continuation.encoded(prompt, tokenizer));
    return model.compute(
        loaded ->
            asked.prompts().stream()
                .map(prompt -> Continuation.of(loaded.get(), tokenizer, prompt, asked))
                .toList());
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
