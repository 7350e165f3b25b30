package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.PrunedDecoder;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * An output layer that is the embedding, as the config says. What a checkpoint stores decides, as
 * in Hugging Face transformers: where both are stored and differ they are two parameters, and where
 * only the output layer is stored it is the embedding as well.
 *
 * @param embedding the embedding's weight
 * @param head the output layer's weight, as it would be called if it were a parameter of its own
 * @param untied the config of the model where it is
 */
record TiedEmbedding(String embedding, String head, ModelConfig untied) {
  private static final String KEY = "tie_word_embeddings";

  /** What the decoder ties, if it does. */
  static Optional<TiedEmbedding> of(Decoder decoder) {
    ObjectNode json = decoder.config().json().deepCopy();
    json.put(KEY, false);
    ObjectNode whole = json.deepCopy();
    whole.remove(PrunedDecoder.KEY);
    String embedding = decoder.parameters().get(0).name(); // the first that a pass uses
    Set<String> names = new HashSet<>();
    decoder.parameters().forEach(parameter -> names.add(parameter.name()));
    return Families.of(ModelConfig.of(decoder.config().file(), whole)).parameters().stream()
        .map(ParameterShape::name)
        .filter(name -> !names.contains(name))
        .findFirst()
        .map(head -> new TiedEmbedding(embedding, head, untied(decoder, json, embedding, head)));
  }

  /** A pruned model's output layer is as narrow as its embedding. */
  private static ModelConfig untied(
      Decoder decoder, ObjectNode json, String embedding, String head) {
    if (json.path(PrunedDecoder.KEY).path("shapes").path(embedding) instanceof ArrayNode shape) {
      json.withObject("/" + PrunedDecoder.KEY + "/shapes").set(head, shape.deepCopy());
    }
    return ModelConfig.of(decoder.config().file(), json);
  }
}
