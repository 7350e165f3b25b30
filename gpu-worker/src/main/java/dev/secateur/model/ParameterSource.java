package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where a model's parameters come from, one at a time: files, arrays, or another source whose
 * parameters are transformed. Counts its users: its creator, and each that {@link #retain retained}
 * it, releases it once.
 */
public abstract class ParameterSource {
  private final AtomicInteger users = new AtomicInteger(1);

  /** Every parameter's shape by its name, in the order of the checkpoint's family. */
  public abstract Map<String, List<Long>> shapes();

  /**
   * A parameter on the model's device, in the element type that it is kept in. It belongs to the
   * scope or to the source, and is not changed in place.
   */
  public abstract NDArray load(String name, NDManager scope);

  /** Tells that these will be asked for next, so that they can be read ahead. */
  public void expect(Collection<String> names) {}

  /**
   * How long parameters were read from files, in seconds.
   *
   * @param read by whichever thread
   * @param waited how long those waited who asked for them
   */
  public record ReadTimes(double read, double waited) {}

  /** The times so far; none where nothing is read from files. */
  public ReadTimes readTimes() {
    return new ReadTimes(0, 0);
  }

  /** Counts one more user. */
  public final void retain() {
    users.incrementAndGet();
  }

  /** Counts one user less; the last one closes it. */
  public final void release() {
    if (users.decrementAndGet() == 0) {
      close();
    }
  }

  /** Frees what it holds. */
  protected void close() {}
}
