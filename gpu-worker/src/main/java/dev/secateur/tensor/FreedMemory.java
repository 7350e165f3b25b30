package dev.secateur.tensor;

import ai.djl.Device;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.Optional;

/**
 * Makes the C library keep freed arrays for the next ones. Work that goes through a model block by
 * block allocates arrays of the same sizes for every block; pages that were returned to the system
 * must be cleared before they can be used again, which took a sixth of a training step's time on a
 * CPU. Kept arrays make the process larger: {@code AdapterMemory} counts them. Allocate long-lived
 * arrays first, since one between short-lived arrays fragments the space that they leave. The
 * launcher makes all threads share one arena ({@code MALLOC_ARENA_MAX}); otherwise a thread can't
 * reuse an array that another thread freed.
 *
 * <p>glibc's thresholds ({@code mallopt(3)}) apply to the whole process, so they are changed while
 * any instance is open, and restored when the last is closed. With other C libraries this does
 * nothing.
 */
public final class FreedMemory implements AutoCloseable {
  /** Larger arrays, such as most weights, go back to the system when they are freed. */
  public static final long KEPT_BYTES = 16L << 20;

  /** From which size on freed arrays go back at once, as the launcher has it. */
  public static final long RETURNED_BYTES = 4L << 20;

  private static final int TRIM_THRESHOLD = -1;
  private static final int MMAP_THRESHOLD = -3;
  private static final int KEPT_AT_THE_END = 512 << 20;
  private static final int TRIM_DEFAULT = 128 << 10;
  private static final NativeLibrary GLIBC = glibc().orElse(null);
  private static int holders;

  private final boolean isHeld;
  private boolean isClosed;

  private FreedMemory(boolean isHeld) {
    this.isHeld = isHeld;
  }

  /** Until it is closed; does nothing for a GPU, whose memory PyTorch keeps by itself. */
  public static synchronized FreedMemory kept(Device device) {
    boolean isHeld = !device.isGpu() && GLIBC != null;
    if (isHeld && holders++ == 0) {
      set(KEPT_BYTES, KEPT_AT_THE_END);
    }
    return new FreedMemory(isHeld);
  }

  /** Freed arrays go back to the system as without it. */
  public static FreedMemory returned() {
    return new FreedMemory(false);
  }

  /**
   * Returns to the system what freed arrays left between arrays that stay, as when one pass over a
   * model is followed by another with larger arrays. Does nothing while an instance is open.
   */
  public static synchronized void trim() {
    if (GLIBC != null && holders == 0) {
      call("malloc_trim", 0L);
    }
  }

  @Override
  public void close() {
    synchronized (FreedMemory.class) {
      if (isHeld && !isClosed && --holders == 0) {
        set(
            fromEnvironment("MALLOC_MMAP_THRESHOLD_", RETURNED_BYTES),
            fromEnvironment("MALLOC_TRIM_THRESHOLD_", TRIM_DEFAULT));
        call("malloc_trim", 0L);
      }
      isClosed = true;
    }
  }

  private static void set(long mapped, long trimmed) {
    call("mallopt", MMAP_THRESHOLD, (int) mapped);
    call("mallopt", TRIM_THRESHOLD, (int) trimmed);
  }

  private static void call(String name, Object... arguments) {
    Function function = GLIBC.getFunction(name);
    function.invokeInt(arguments);
  }

  private static long fromEnvironment(String variable, long otherwise) {
    try {
      return Optional.ofNullable(System.getenv(variable)).map(Long::parseLong).orElse(otherwise);
    } catch (NumberFormatException e) {
      return otherwise; // which glibc does not understand either
    }
  }

  private static Optional<NativeLibrary> glibc() {
    try {
      NativeLibrary process = NativeLibrary.getProcess();
      process.getFunction("gnu_get_libc_version");
      return Optional.of(process);
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty(); // another C library
    }
  }
}
