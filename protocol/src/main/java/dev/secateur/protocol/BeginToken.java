package dev.secateur.protocol;

/**
 * Whether the questions of a task start with the tokenizer's begin token: {@code add_bos_token} of
 * EleutherAI's evaluation harness 0.4.13.
 */
public enum BeginToken implements Labelled {
  /** What the tokenizer puts before a text by itself: the harness's default. */
  TOKENIZER,
  /** The begin token, whether or not the tokenizer puts it there: {@code add_bos_token=True}. */
  ALWAYS,
  /** Nothing: {@code add_bos_token=False}. */
  NEVER
}
