package dev.secateur.protocol;

import java.util.Locale;

/** The types of matrices in a GGUF file, with the names that llama.cpp uses. */
public enum GgufWeights implements Labelled {
  F32,
  F16,
  BF16,
  /** Blocks of 32 elements: a scale and signed bytes. */
  Q8_0;

  @Override
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
