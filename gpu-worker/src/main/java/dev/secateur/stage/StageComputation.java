package dev.secateur.stage;

import dev.secateur.protocol.StageSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Computes the stages of one kind, and has all knowledge of that kind that is not in its record.
 * {@link StageComputations} lists all of them.
 */
interface StageComputation<S extends StageSpec> {
  /** The record of the kind. */
  Class<S> spec();

  /**
   * Computes a stage.
   *
   * @param context the artifacts that it reads, models, texts, and the receiver of its progress
   * @param folder where the files of its artifact go
   * @return its metrics, by name
   */
  Map<String, Double> compute(S spec, StageContext context, Path folder) throws IOException;

  /** What takes the device's memory beside the model, in words, and what would need less. */
  default String memoryNeed(S spec) {
    return "nothing of which can be made smaller";
  }

  /** The part of a stage that can be halved when the device runs out of memory, if any. */
  default Optional<MicroBatchBackoff<S>> halvable(S spec) {
    return Optional.empty();
  }
}
