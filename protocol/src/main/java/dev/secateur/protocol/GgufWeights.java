package dev.secateur.protocol;

import java.util.Locale;

/** What matrices are stored as in a GGUF file; named as llama.cpp names them. */
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
