package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A checkpoint of the shape that a config gives, with weights of a model before training ({@link
 * RandomWeights}). They are written as they are made, a million elements at a time, so that a model
 * may be larger than memory. The tensors depend on config, type and seed only, not on the sharding.
 */
public final class RandomCheckpoint {
  /** Bytes for what is written beside the weights: headers, index, config, tokenizer. */
  private static final long BESIDE = 64L << 20;

  private final Decoder decoder;
  private final ElementType type;
  private final long seed;

  /**
   * What was written.
   *
   * @param bytes of the weights, without the files' headers
   * @param parameters the elements of all tensors
   */
  public record Written(long bytes, long parameters, int tensors, int shards) {}

  /**
   * @param type F32, F16 or BF16
   * @throws dev.secateur.protocol.InputException when the config's family or one of its options is
   *     not supported
   */
  public RandomCheckpoint(ModelConfig like, ElementType type, long seed) {
    this.decoder = Families.of(like);
    this.type = type;
    this.seed = seed;
  }

  /** What the weights take, without the files' headers. */
  public long bytes() {
    return decoder.parameters().stream().mapToLong(ParameterShape::elements).sum() * type.bytes();
  }

  /**
   * Writes the checkpoint into a folder that appears whole or not at all.
   *
   * @param most the bytes of weights in one file
   * @param tokenizer the folder whose small files go along: tokenizer, templates, generation
   *     settings
   * @param progress told the bytes of weights made so far
   * @throws dev.secateur.protocol.InputException when the folder is there already and not empty
   * @throws IOException when its disk has too little room, which is checked first, or fails
   */
  public Written write(Path folder, long most, Optional<Path> tokenizer, LongConsumer progress)
      throws IOException {
    NewFolder.check(folder);
    DiskSpace.check(folder, bytes() + BESIDE);
    long[] done = {0};
    List<SafetensorsWriter.Tensor> tensors =
        decoder.parameters().stream()
            .map(parameter -> tensor(parameter, more -> progress.accept(done[0] += more)))
            .toList();
    Shards shards = Shards.of(tensors, most);
    NewFolder.write(
        folder,
        part -> {
          ObjectNode config = decoder.config().json().deepCopy();
          CheckpointWriter.writeConfig(config, WrittenTypes.all(type), part);
          if (tokenizer.isPresent()) {
            Companions.copy(tokenizer.get(), part);
          }
          shards.write(part);
        });
    return new Written(
        shards.bytes(), shards.bytes() / type.bytes(), tensors.size(), shards.files().size());
  }

  private SafetensorsWriter.Tensor tensor(ParameterShape parameter, LongConsumer more) {
    RandomWeights weights = RandomWeights.of(parameter, seed, type);
    return new SafetensorsWriter.Tensor(
        parameter.name(),
        type,
        parameter.shape().stream().mapToLong(Long::longValue).toArray(),
        (start, count, target) -> {
          weights.put(start, count, target);
          more.accept((long) count * type.bytes());
        });
  }
}
