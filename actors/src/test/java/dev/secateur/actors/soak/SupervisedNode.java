package dev.secateur.actors.soak;

import dev.secateur.actors.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A node that is started again whenever its process has ended, as systemd would do it, with what
 * became of each of its processes.
 */
final class SupervisedNode implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int LAST_LINES = 4;

  /**
   * A process of the node that has ended.
   *
   * @param told what this test did to end it; absent where it ended by itself
   * @param output all that it said on stderr
   */
  record Life(
      String node,
      long pid,
      Instant start,
      Instant end,
      int exitCode,
      Optional<String> told,
      String output) {
    /** The end of what it said. */
    String lastWords() {
      List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
      return String.join(
          " / ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    @Override
    public String toString() {
      return "%s (%s to %s) ended with %d, %s: %s"
          .formatted(node, start, end, exitCode, told.orElse("by itself"), lastWords());
    }
  }

  /** When the process stood still; it may have ended meanwhile. */
  record Suspension(long pid, Instant from, Instant to) {}

  private final String name;
  private final Callable<Cli.Running> launch;
  private final Thread supervisor;
  private final List<Life> lives = new ArrayList<>();
  private final List<Suspension> suspensions = new ArrayList<>();
  private Optional<Cli.Running> running = Optional.empty();
  private Optional<String> told = Optional.empty();
  private Optional<Instant> suspended = Optional.empty();
  private Optional<Exception> failure = Optional.empty();
  private Instant start = Instant.EPOCH;
  private Instant notBefore = Instant.EPOCH;
  private boolean closing;
  private int starts;

  /**
   * @param launch starts its process
   */
  SupervisedNode(String name, Callable<Cli.Running> launch) {
    this.name = name;
    this.launch = launch;
    this.supervisor = new Thread(this::supervise, "supervisor of " + name);
    supervisor.setDaemon(true);
    supervisor.start();
  }

  private void supervise() {
    try {
      while (begin()) {
        int code = running.orElseThrow().process().waitFor();
        ended(code);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      synchronized (this) {
        failure = Optional.of(e);
      }
    }
  }

  private synchronized boolean begin() throws Exception {
    for (Duration rest = untilStart(); !closing && rest.toMillis() > 0; rest = untilStart()) {
      wait(rest.toMillis());
    }
    if (closing) {
      return false;
    }
    start = Instant.now();
    told = Optional.empty();
    starts++;
    running = Optional.of(launch.call());
    return true;
  }

  private Duration untilStart() {
    return Duration.between(Instant.now(), notBefore);
  }

  private synchronized void ended(int code) throws IOException {
    Cli.Running ended = running.orElseThrow();
    Instant now = Instant.now();
    suspended.ifPresent(from -> suspensions.add(new Suspension(pid(), from, now)));
    suspended = Optional.empty();
    lives.add(new Life(name, pid(), start, now, code, told, Files.readString(ended.err())));
    Instant soon = now.plus(PAUSE);
    notBefore = notBefore.isAfter(soon) ? notBefore : soon;
  }

  String name() {
    return name;
  }

  /** Of the newest process; -1 before there is one. */
  synchronized long pid() {
    return running.map(process -> process.process().pid()).orElse(-1L);
  }

  /** When the newest process was started. */
  synchronized Instant start() {
    return start;
  }

  /** What the newest process has said. */
  synchronized String output() throws IOException {
    return running.isPresent() ? Files.readString(running.get().err()) : "";
  }

  /** Whether it runs and is not suspended. */
  synchronized boolean isUp() {
    return running.filter(process -> process.process().isAlive()).isPresent()
        && suspended.isEmpty();
  }

  /** Its process and those that it started. */
  synchronized List<ProcessHandle> processes() {
    List<ProcessHandle> all = new ArrayList<>();
    running
        .filter(process -> process.process().isAlive())
        .ifPresent(
            process -> {
              all.add(process.process().toHandle());
              all.addAll(process.process().children().toList());
            });
    return all;
  }

  /** Ends its process by a signal; it is started again no sooner than after this time. */
  synchronized void end(String signal, String why, Duration away) throws Exception {
    told = Optional.of(why);
    notBefore = Instant.now().plus(away);
    running.orElseThrow().signal(signal);
  }

  /** Stops its process by SIGSTOP, and says which one it was. */
  synchronized long suspend() throws Exception {
    suspended = Optional.of(Instant.now());
    running.orElseThrow().signal("STOP");
    return pid();
  }

  /** Lets it go on, where it is still that process. */
  synchronized void resume(long pid) throws Exception {
    if (pid == pid() && suspended.isPresent()) {
      running.orElseThrow().signal("CONT");
      suspensions.add(new Suspension(pid, suspended.get(), Instant.now()));
      suspended = Optional.empty();
    }
  }

  synchronized List<Life> lives() {
    return List.copyOf(lives);
  }

  synchronized List<Suspension> suspensions() {
    return List.copyOf(suspensions);
  }

  /** What kept the supervisor from its work. */
  synchronized Optional<Exception> failure() {
    return failure;
  }

  /** How often a process was started. */
  synchronized int starts() {
    return starts;
  }

  @Override
  public void close() throws Exception {
    List<ProcessHandle> all;
    synchronized (this) {
      closing = true;
      notifyAll();
      all = processes();
    }
    all.forEach(ProcessHandle::destroyForcibly);
    supervisor.join();
  }
}
