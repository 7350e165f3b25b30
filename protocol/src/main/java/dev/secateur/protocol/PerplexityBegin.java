package dev.secateur.protocol;

/** Where the tokenizer's begin token stands in the text that perplexity is measured on. */
public enum PerplexityBegin implements Labelled {
  /** Once, before the whole text, where the tokenizer has one. */
  START,
  /** Before every window, of whose tokens it is one; all others are scored. */
  WINDOW,
  /** Nowhere. */
  NONE
}
