package dev.secateur.local.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import java.nio.file.Path;
import java.util.Random;

/** A LLaMA of any size with random weights, and random tokens for it. */
public record RandomLlama(int layers, int width, int mlpWidth, int heads, int vocabulary) {
  /** Its decoder. */
  public Decoder decoder() {
    ObjectNode config = Json.object();
    config.put("model_type", "llama");
    config.put("hidden_size", width).put("intermediate_size", mlpWidth);
    config.put("num_hidden_layers", layers).put("num_attention_heads", heads);
    config.put("vocab_size", vocabulary).put("rms_norm_eps", 1e-6);
    return Families.of(ModelConfig.of(Path.of("random-llama"), config));
  }

  /** Rows of random tokens. */
  public Batch batch(int rows, int tokens, long seed) {
    Random random = new Random(seed);
    long[][] ids = new long[rows][];
    for (int row = 0; row < rows; row++) {
      ids[row] = random.longs(tokens, 0, vocabulary).toArray();
    }
    return Batch.causal(ids);
  }
}
