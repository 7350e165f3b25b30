package dev.secateur.actors.soak;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The clock of each loss of the active coordinator, or of the database: how long until a surviving
 * node is ready and lists the sweeps. A loss that comes before that starts a clock of its own; the
 * earlier one took at least so long.
 */
final class TakeOver implements AutoCloseable {
  /** How long another coordinator may need, nineteen times of twenty. */
  static final Duration WITHIN = Duration.ofSeconds(45);

  private static final long POLL_MILLIS = 250;

  /**
   * A loss.
   *
   * @param at when it happened
   * @param took until somebody answered, or the next loss came
   * @param interrupted whether that came first
   */
  record Loss(Fault cause, Instant at, Duration took, boolean interrupted) {
    /** Whether it tells how long a take-over needs; the next loss may come too soon for that. */
    boolean counts() {
      return !interrupted || took.compareTo(WITHIN) > 0;
    }
  }

  private record Outage(Fault cause, Instant at, long lostProcess) {}

  private final SoakCluster cluster;
  private final Thread clock;
  private final List<Loss> losses = new ArrayList<>();
  private Optional<Outage> outage = Optional.empty();
  private Optional<Instant> dark = Optional.empty();
  private Duration darkest = Duration.ZERO;
  private boolean databaseAway;
  private boolean closed;

  TakeOver(SoakCluster cluster) {
    this.cluster = cluster;
    this.clock = new Thread(this::run, "take-over clock");
    clock.setDaemon(true);
    clock.start();
  }

  /** The active coordinator is lost from now on. */
  synchronized void lost(Fault cause, SupervisedNode active) {
    if (!databaseAway) {
      begin(new Outage(cause, Instant.now(), active.pid()));
    }
  }

  synchronized void databaseStopped() {
    databaseAway = true;
    interrupt();
    dark = dark.or(() -> Optional.of(Instant.now()));
  }

  synchronized void databaseStarted() {
    databaseAway = false;
    begin(new Outage(Fault.RESTART_DATABASE, Instant.now(), -1));
  }

  private void begin(Outage begun) {
    interrupt();
    outage = Optional.of(begun);
    dark = dark.or(() -> Optional.of(begun.at()));
    notifyAll();
  }

  private void interrupt() {
    outage.ifPresent(earlier -> end(earlier, Instant.now(), true));
  }

  private void end(Outage ended, Instant now, boolean interrupted) {
    losses.add(new Loss(ended.cause(), ended.at(), Duration.between(ended.at(), now), interrupted));
    outage = Optional.empty();
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        Outage current = next();
        if (cluster.api().serves(survivors(current))) {
          answered(current);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Outage next() throws InterruptedException {
    while (outage.isEmpty() && !closed) {
      wait();
    }
    if (closed) {
      throw new InterruptedException();
    }
    return outage.get();
  }

  private List<Integer> survivors(Outage current) {
    List<Integer> survivors = new ArrayList<>();
    for (int node = 0; node < SoakCluster.COORDINATORS; node++) {
      if (cluster.nodes().get(node).pid() != current.lostProcess()) {
        survivors.add(node);
      }
    }
    return survivors;
  }

  private synchronized void answered(Outage ended) {
    if (outage.filter(ended::equals).isPresent()) {
      Instant now = Instant.now();
      end(ended, now, false);
      Duration inAll = Duration.between(dark.orElseThrow(), now);
      darkest = inAll.compareTo(darkest) > 0 ? inAll : darkest;
      dark = Optional.empty();
    }
  }

  /** Those that are over. */
  synchronized List<Loss> losses() {
    return List.copyOf(losses);
  }

  /** The loss that the cluster has not got over yet. */
  synchronized Optional<Fault> running() {
    return outage.map(Outage::cause);
  }

  /** The longest time without an answer, however many losses it was. */
  synchronized Duration darkest() {
    return darkest;
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
