package dev.secateur.text;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The parts of a data set. A row's part depends only on its text, so equal rows are always in the
 * same part.
 */
public enum Split {
  TRAIN,
  VALIDATION,
  TEST;

  /** 90 % of all texts are for training, 5 % for validation, 5 % for test. */
  public static Split of(String text) {
    CRC32 hash = new CRC32();
    hash.update(text.getBytes(StandardCharsets.UTF_8));
    long part = hash.getValue() % 20;
    return part == 0 ? TEST : part == 1 ? VALIDATION : TRAIN;
  }
}
