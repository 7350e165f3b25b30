package dev.secateur.retry;

import dev.failsafe.ExecutionContext;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import dev.failsafe.RetryPolicyBuilder;
import java.io.IOException;
import java.time.Duration;

/**
 * Calls work again by a policy of Failsafe. Unlike Failsafe, it throws checked exceptions of the
 * work as they are.
 *
 * <p>Failsafe ignores what the listeners of a policy throw. So whoever may abort is asked by the
 * work itself.
 */
public final class Retries {
  private Retries() {}

  /** Work that may fail for a while. */
  @FunctionalInterface
  public interface Attempt<T> {
    /**
     * @param context tells whether this is a retry, and why the last attempt failed
     */
    T make(ExecutionContext<T> context) throws IOException, InterruptedException;
  }

  /** A policy that retries without a limit. */
  public static <R> RetryPolicyBuilder<R> unlimited(Duration pause) {
    return RetryPolicy.<R>builder().withMaxRetries(-1).withDelayFn(context -> pause);
  }

  /**
   * A policy that retries for a while.
   *
   * @param patience since the first attempt began; it does not retry at all where this is zero
   */
  public static <R> RetryPolicyBuilder<R> within(Duration patience, Duration pause) {
    RetryPolicyBuilder<R> policy = unlimited(pause);
    boolean isPatient = patience.compareTo(Duration.ZERO) > 0;
    return isPatient ? policy.withMaxDuration(patience) : policy.withMaxRetries(0);
  }

  /**
   * Makes attempts until one succeeds or the policy ends them.
   *
   * @throws IOException what the last attempt threw
   * @throws InterruptedException when the thread is interrupted in an attempt or between two
   */
  public static <R, T extends R> T call(RetryPolicy<R> policy, Attempt<T> attempt)
      throws IOException, InterruptedException {
    try {
      return Failsafe.with(policy).get(context -> attempt.make(context));
    } catch (FailsafeException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      } else if (e.getCause() instanceof InterruptedException interruption) {
        Thread.interrupted(); // which Failsafe sets
        throw interruption;
      }
      throw e;
    }
  }
}
