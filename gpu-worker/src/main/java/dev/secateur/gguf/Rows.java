package dev.secateur.gguf;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * Which rows of a parameter's matrices are written, in their order; of vectors, which elements.
 *
 * @param transposed whether matrices are stored (in, out), and their columns are what is written
 * @param order of one matrix or vector; empty for all as they stand
 */
record Rows(boolean transposed, long... order) {
  static final Rows ALL = new Rows(false);

  Rows ofTransposed() {
    return new Rows(true, order);
  }

  /** How many of this many are written. */
  long count(long rows) {
    return order.length == 0 ? rows : order.length;
  }

  /** The row that is written at a place. */
  long at(long place) {
    return order.length == 0 ? place : order[(int) place];
  }

  /** The rows of places that follow each other. */
  long[] some(long place, long count) {
    return Arrays.copyOfRange(order, (int) place, (int) (place + count));
  }

  /** Every second, from the first or the second. */
  static Rows everySecond(long rows, int first) {
    long[] order = new long[Math.toIntExact(rows / 2)];
    for (int i = 0; i < order.length; i++) {
      order[i] = 2L * i + first;
    }
    return new Rows(false, order);
  }

  /** This many from one on. */
  static Rows range(long from, long count) {
    return new Rows(false, LongStream.range(from, from + count).toArray());
  }

  /** The same rows, counted from one on. */
  Rows from(long first) {
    return new Rows(transposed, Arrays.stream(order).map(row -> row + first).toArray());
  }

  /** The halves of each head in turn, so that what rotates together is neighbouring. */
  static Rows neighbouring(long rows, int head) {
    long[] order = new long[Math.toIntExact(rows)];
    for (int row = 0; row < order.length; row++) {
      int inHead = row % head;
      order[row] = row - inHead + inHead % 2L * (head / 2) + inHead / 2;
    }
    return new Rows(false, order);
  }

  /** All queries, all keys, all values, of rows that have the three of a head together. */
  static Rows apart(long rows, int head) {
    long[] order = new long[Math.toIntExact(rows)];
    int third = order.length / 3;
    for (int row = 0; row < order.length; row++) {
      int inPart = row % third;
      order[row] = inPart / head * 3L * head + (long) row / third * head + inPart % head;
    }
    return new Rows(false, order);
  }
}
