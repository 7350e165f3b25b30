package dev.secateur.local;

import ai.djl.Device;
import dev.secateur.generation.Continuation;
import dev.secateur.model.Model;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.Precision;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Lets one checkpoint write, without a cluster. */
public final class GenerateJob implements AutoCloseable {
  private final Model model;
  private final Tokenizer tokenizer;

  /**
   * Loads the model.
   *
   * @param adapter a PEFT adapter that is merged into it
   * @param compute what it computes in
   */
  public GenerateJob(Path folder, Optional<Path> adapter, Device device, Precision compute) {
    tokenizer = Tokenizer.open(folder);
    model = EvaluateJob.load(folder, adapter, device, compute);
  }

  /** Continues each prompt, which begins with the begin token where the model has one. */
  public List<Continuation> run(Generation asked) {
    asked.prompts().forEach(prompt -> Continuation.encoded(prompt, tokenizer));
    return asked.prompts().stream()
        .map(prompt -> Continuation.of(model, tokenizer, prompt, asked))
        .toList();
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
