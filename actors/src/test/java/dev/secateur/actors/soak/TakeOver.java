package dev.secateur.actors.soak;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The clock of each loss of the active coordinator, or of the database: how long until a surviving
 * node is ready and lists the sweeps. A loss that comes before that starts the clock anew.
 */
final class TakeOver implements AutoCloseable {
  private static final long POLL_MILLIS = 250;

  /**
   * A loss that was survived.
   *
   * @param at when it happened
   */
  record Survived(Fault cause, Instant at, Duration took) {}

  private record Outage(Fault cause, Instant at, long lostProcess) {}

  private final SoakCluster cluster;
  private final Thread clock;
  private final List<Survived> survived = new ArrayList<>();
  private Optional<Outage> outage = Optional.empty();
  private Optional<Instant> dark = Optional.empty();
  private Duration darkest = Duration.ZERO;
  private int interrupted;
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
    interrupted += outage.isPresent() ? 1 : 0;
    outage = Optional.empty();
  }

  private void run() {
    try {
      while (true) {
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
    wait(POLL_MILLIS);
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
      survived.add(new Survived(ended.cause(), ended.at(), Duration.between(ended.at(), now)));
      Duration inAll = Duration.between(dark.orElseThrow(), now);
      darkest = inAll.compareTo(darkest) > 0 ? inAll : darkest;
      outage = Optional.empty();
      dark = Optional.empty();
    }
  }

  synchronized List<Survived> survived() {
    return List.copyOf(survived);
  }

  /** The loss that the cluster has not got over yet. */
  synchronized Optional<Fault> running() {
    return outage.map(Outage::cause);
  }

  /** How many losses another one came on top of. */
  synchronized int interrupted() {
    return interrupted;
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
