package dev.secateur.protocol;

import java.util.Optional;

/** What a sweep writes of its models. */
public sealed interface Export {
  record Nothing() implements Export {}

  /** The files that an export writes of a model. */
  sealed interface Files extends Export {
    /** The type of the matrices in the GGUF file, where there is to be one. */
    Optional<GgufWeights> gguf();
  }

  record Checkpoint() implements Files {
    @Override
    public Optional<GgufWeights> gguf() {
      return Optional.empty();
    }
  }

  /**
   * A checkpoint, and a GGUF file beside it.
   *
   * @param weights the type of the matrices in the GGUF file
   */
  record CheckpointAndGguf(GgufWeights weights) implements Files {
    @Override
    public Optional<GgufWeights> gguf() {
      return Optional.of(weights);
    }
  }
}
