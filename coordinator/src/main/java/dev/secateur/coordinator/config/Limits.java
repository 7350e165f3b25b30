package dev.secateur.coordinator.config;

/**
 * How large a configuration may be, as written and once its substitutions are replaced. Checked
 * before the work that they bound; real configurations stay far below.
 *
 * @param bytes of the file, and characters after its substitutions
 * @param lines of the file
 * @param levels of braces, brackets and dots in keys, one within the other
 * @param keys in all
 * @param values in all: elements of lists, and fields
 * @param characters of one value
 * @param pieces that one value, or key, is put together from
 * @param substitutions including every {@code +=}
 * @param trials of a sweep
 * @param models of a sweep, each of which is read
 * @param references from trials to parts of the calibration
 * @param repeated characters of prompts and tasks, times trials
 */
public record Limits(
    int bytes,
    int lines,
    int levels,
    int keys,
    int values,
    int characters,
    int pieces,
    int substitutions,
    long trials,
    int models,
    long references,
    long repeated) {

  /** What holds everywhere. */
  public static final Limits DEFAULT =
      new Limits(
          4 << 20,
          100_000,
          100,
          2_000,
          100_000,
          1_000_000,
          300,
          200,
          200_000,
          1_000,
          4_000_000,
          256L << 20);

  /** The product of whole numbers, or {@link Long#MAX_VALUE} where that is smaller. */
  public static long product(long... factors) {
    long product = 1;
    for (long factor : factors) {
      if (factor == 0) {
        return 0;
      }
      product = product > Long.MAX_VALUE / factor ? Long.MAX_VALUE : product * factor;
    }
    return product;
  }
}
