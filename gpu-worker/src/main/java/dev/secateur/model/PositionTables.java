package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Rope.Positions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What positions make of a pass: angles of rotary positions, and masks of attention; made on the
 * host, each once.
 */
final class PositionTables {
  private final NDManager scope;
  private final long[][] rows;
  private final Map<Rope, NDArray[]> ropes = new HashMap<>();
  private final Map<Long, NDArray> masks = new HashMap<>();

  /**
   * @param rows the token ids of the pass
   */
  PositionTables(NDManager scope, long[][] rows) {
    this.scope = scope;
    this.rows = rows;
  }

  /**
   * Cosines and sines (1 or B, 1, T, W) of position times frequency, W the rotated width, the
   * frequencies written twice.
   */
  NDArray[] rope(Rope rope, int tokens) {
    return ropes.computeIfAbsent(rope, key -> angles(rope, tokens));
  }

  private NDArray[] angles(Rope rope, int tokens) {
    boolean alike = rope.positions() instanceof Positions.Sequence;
    int count = alike ? 1 : rows.length;
    int half = rope.width() / 2;
    double[] frequencies = rope.frequencies(tokens);
    float[] cos = new float[count * tokens * rope.width()];
    float[] sin = new float[cos.length];
    int at = 0;
    for (int row = 0; row < count; row++) {
      double[] positions = rope.positions().of(alike ? new long[tokens] : rows[row]);
      for (int token = 0; token < tokens; token++) {
        for (int i = 0; i < rope.width(); i++) {
          float angle = (float) positions[token] * (float) frequencies[i % half];
          cos[at] = (float) Math.cos(angle);
          sin[at++] = (float) Math.sin(angle);
        }
      }
    }
    Shape shape = new Shape(count, 1, tokens, rope.width());
    return new NDArray[] {array(cos, shape), array(sin, shape)};
  }

  /** Zero where a token sees another, minus infinity where not: (1 or B, 1, T, T). */
  NDArray mask(Attention attention, int tokens) {
    long key = ((long) attention.window() << 32) ^ attention.prefixEnd();
    return masks.computeIfAbsent(key, k -> visible(attention, tokens));
  }

  private NDArray visible(Attention attention, int tokens) {
    int count = attention.prefixEnd() < 0 ? 1 : rows.length;
    int window = attention.window() == 0 ? tokens : attention.window();
    float[] mask = new float[count * tokens * tokens];
    Arrays.fill(mask, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < count; row++) {
      int prefix =
          attention.prefixEnd() < 0
              ? 0
              : Positions.first(rows[row], attention.prefixEnd()).orElse(0);
      for (int q = 0; q < tokens; q++) {
        for (int k = 0; k < tokens; k++) {
          boolean seen = k <= q && k > q - window || k < prefix;
          if (seen) {
            mask[(row * tokens + q) * tokens + k] = 0;
          }
        }
      }
    }
    return array(mask, new Shape(count, 1, tokens, tokens));
  }

  private NDArray array(float[] values, Shape shape) {
    return scope.create(values, shape).duplicate();
  }
}
