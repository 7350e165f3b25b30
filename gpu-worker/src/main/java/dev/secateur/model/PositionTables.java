package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Rope.Positions;
import dev.secateur.tensor.HostArrays;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Tables that depend on positions: angles of rotary positions, and masks of attention; each made
 * once, on the host.
 */
public final class PositionTables {
  private final NDManager scope;
  private final Layout layout;
  private final Map<Rope, NDArray[]> ropes = new HashMap<>();
  private final Map<Long, NDArray> masks = new HashMap<>();

  /**
   * @param scope owner of the tables
   */
  public PositionTables(NDManager scope, Layout layout) {
    this.scope = scope;
    this.layout = layout;
  }

  /** Rows that differ in what is asked of them; one where all are alike. */
  private int rows(boolean alike) {
    return alike && layout.isPlain() ? 1 : layout.rows().length;
  }

  /** Each token's position plus an offset: (1 or B, T). */
  NDArray positions(int offset, int tokens) {
    int count = rows(true);
    long[] positions = new long[count * tokens];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = layout.position(i / tokens, i % tokens) + (long) offset;
    }
    return HostArrays.of(scope, positions, count, tokens);
  }

  /**
   * Cosines and sines (1 or B, 1, T, W) of position times frequency, W the rotated width, the
   * frequencies written twice; times the positions' amplitude.
   */
  public NDArray[] rope(Rope rope, int tokens) {
    return ropes.computeIfAbsent(rope, key -> angles(rope, tokens));
  }

  private NDArray[] angles(Rope rope, int tokens) {
    boolean alike = rope.positions() instanceof Positions.Sequence;
    int count = rows(alike);
    int half = rope.width() / 2;
    float amplitude = (float) rope.amplitude();
    float[] cos = new float[count * tokens * rope.width()];
    float[] sin = new float[cos.length];
    int at = 0;
    for (int row = 0; row < count; row++) {
      double[] positions = alike ? null : rope.positions().of(layout.rows()[row]);
      double[] frequencies = rope.frequencies(layout.isPlain() ? tokens : layout.length(row));
      for (int token = 0; token < tokens; token++) {
        double position = alike ? layout.position(row, token) : positions[token];
        for (int i = 0; i < rope.width(); i++) {
          float angle = (float) position * (float) frequencies[i % half];
          cos[at] = (float) Math.cos(angle) * amplitude;
          sin[at++] = (float) Math.sin(angle) * amplitude;
        }
      }
    }
    long[] shape = {count, 1, tokens, rope.width()};
    return new NDArray[] {HostArrays.of(scope, cos, shape), HostArrays.of(scope, sin, shape)};
  }

  /** Zero where a token sees another, minus infinity where not: (1 or B, 1, T, T). */
  NDArray mask(Attention attention, int tokens) {
    long key = ((long) attention.window() << 32) ^ attention.prefixEnd();
    return masks.computeIfAbsent(key, k -> visible(attention, tokens));
  }

  private NDArray visible(Attention attention, int tokens) {
    boolean alike = attention.prefixEnd() < 0;
    int count = rows(alike);
    int window = attention.window() == 0 ? Integer.MAX_VALUE : attention.window();
    float[] mask = new float[count * tokens * tokens];
    Arrays.fill(mask, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < count; row++) {
      int prefix = alike ? 0 : Positions.first(layout.rows()[row], attention.prefixEnd()).orElse(0);
      for (int q = 0; q < tokens; q++) {
        for (int k = 0; k < tokens; k++) {
          boolean near = layout.position(row, q) - layout.position(row, k) < window;
          boolean seen = k <= q && near && layout.sees(row, q, k) || k < prefix;
          if (seen) {
            mask[(row * tokens + q) * tokens + k] = 0;
          }
        }
      }
    }
    return HostArrays.of(scope, mask, count, 1, tokens, tokens);
  }

  /** How far each token lies behind each other, not above zero: (1 or B, 1, T, T). */
  NDArray distances(int tokens) {
    int count = rows(true);
    float[] distances = new float[count * tokens * tokens];
    for (int row = 0; row < count; row++) {
      for (int q = 0; q < tokens; q++) {
        for (int k = 0; k <= q; k++) {
          distances[(row * tokens + q) * tokens + k] =
              Math.min(0, layout.position(row, k) - layout.position(row, q));
        }
      }
    }
    return HostArrays.of(scope, distances, count, 1, tokens, tokens);
  }
}
