package dev.secateur.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * An output layer that is the embedding, as the config says. The stored tensors decide, as in
 * Hugging Face transformers: if both are stored and differ, they are two parameters; if only the
 * output layer is stored, it is the embedding as well.
 *
 * @param embedding the embedding's weight
 * @param head the output layer's weight, under its name as a separate parameter
 * @param untied the config of the model in which it is separate
 */
public record TiedEmbedding(String embedding, String head, ModelConfig untied) {
  private static final String KEY = "tie_word_embeddings";

  /** What the decoder ties, if it does. */
  public static Optional<TiedEmbedding> of(Decoder decoder) {
    ParameterShape embedding = decoder.parameters().get(0); // the first that a pass uses
    Set<String> names = new HashSet<>();
    decoder.parameters().forEach(parameter -> names.add(parameter.name()));
    ObjectNode whole = decoder.config().json().deepCopy();
    whole.put(KEY, false);
    whole.remove(PrunedDecoder.KEY);
    return Families.of(ModelConfig.of(decoder.config().file(), whole)).parameters().stream()
        .map(ParameterShape::name)
        .filter(name -> !names.contains(name))
        .findFirst()
        .map(head -> new TiedEmbedding(embedding.name(), head, untied(decoder, embedding, head)));
  }

  /** A pruned model's output layer has the embedding's shape. */
  private static ModelConfig untied(Decoder decoder, ParameterShape embedding, String head) {
    ObjectNode json = decoder.config().json().deepCopy();
    json.put(KEY, false);
    if (json.path(PrunedDecoder.KEY).path("shapes") instanceof ObjectNode shapes) {
      embedding.shape().forEach(shapes.putArray(head)::add);
    }
    return ModelConfig.of(decoder.config().file(), json);
  }
}
