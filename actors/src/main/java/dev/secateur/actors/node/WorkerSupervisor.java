package dev.secateur.actors.node;

import dev.secateur.actors.events.Stamp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The small parent of worker processes, one per device: it starts each, reads its output, restarts
 * it when it ends (with growing delays if it ends at once), and ends together with them.
 */
public final class WorkerSupervisor {
  /** The variable by which a child learns how the process before it ended. */
  private static final String LAST_END = "SECATEUR_LAST_END";

  /** What a child says once it has joined its cluster. */
  static final String JOINED = "joined the cluster";

  /** What {@code bin/secateur} gives a process that only watches. */
  private static final Set<String> OF_WATCHERS =
      Set.of("-Xms8m", "-Xmn2m", "-XX:TieredStopAtLevel=1");

  private static final int MISCONFIGURED = 2;
  private static final int FAILED = 1;
  private static final Duration SHORT_LIFE = Duration.ofSeconds(60);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);
  private static final Duration FAREWELL = Duration.ofSeconds(40);

  private final List<String> arguments;
  private final PrintWriter talk;
  private final List<Thread> keepers = new ArrayList<>();
  private final Map<String, Process> children = new HashMap<>();
  private final boolean ownCluster;
  private boolean stopping;
  private boolean joined;
  private int exitCode;

  /**
   * @param arguments of the command that each child is, but for its device and name
   * @param ownCluster whether the children join this process itself, so that there is no use in
   *     ending it when they cannot
   */
  public WorkerSupervisor(List<String> arguments, PrintWriter talk, boolean ownCluster) {
    this.arguments = arguments;
    this.talk = talk;
    this.ownCluster = ownCluster;
  }

  /** How the process before this child ended, if there was one and it said so. */
  static Optional<String> lastEnd() {
    return Optional.ofNullable(System.getenv(LAST_END)).filter(end -> !end.isEmpty());
  }

  /**
   * Keeps a process for each share of the host.
   *
   * @param host where they are, for their names
   */
  public void start(List<HostBudget.Share> shares, String host) {
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop-workers"));
    String place = host + "-" + ProcessHandle.current().pid() + "/";
    List<String> devices = shares.stream().map(HostBudget.Share::device).toList();
    for (int i = 0; i < devices.size(); i++) {
      HostBudget.Share share = shares.get(i);
      String device = devices.get(i);
      boolean again = devices.subList(0, i).contains(device);
      String name = place + device + (again ? "-" + (i + 1) : "");
      Thread keeper = new Thread(() -> keep(share, name), "keep " + name);
      keepers.add(keeper);
    }
    List.copyOf(keepers).forEach(Thread::start);
  }

  /**
   * Waits until all have ended, which they do when this process is told to, or when none has ever
   * joined and one can't.
   *
   * @return the exit code of this process
   */
  public int join() throws InterruptedException {
    for (Thread keeper : keepers) {
      keeper.join();
    }
    synchronized (this) {
      return exitCode;
    }
  }

  private void keep(HostBudget.Share share, String name) {
    String lastEnd = "";
    Duration pause = Duration.ofSeconds(1);
    while (true) {
      long start = System.nanoTime();
      Process child = begin(share, name, lastEnd);
      if (child == null) {
        return;
      }
      String printed = listen(child, name);
      int code = exitCode(child);
      if (isStopping() || isRefused(code)) {
        return;
      }
      String end = (code > 128 ? "signal " + (code - 128) : "exit code " + code) + printed;
      lastEnd = code == Node.JOINS_ANEW ? "" : end;
      boolean brief = System.nanoTime() - start < SHORT_LIFE.toNanos();
      pause = brief ? shorter(pause.multipliedBy(2), LONGEST_PAUSE) : Duration.ofSeconds(1);
      say(name + " ended, " + end + "; it is restarted in " + pause.toSeconds() + " s");
      try {
        Thread.sleep(pause.toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** A node that was never part of its cluster and can't be ends with the child that found out. */
  private boolean isRefused(int code) {
    synchronized (this) {
      if (joined || ownCluster || code != Node.NOT_JOINED && code != MISCONFIGURED) {
        return false;
      }
      exitCode = code == MISCONFIGURED ? MISCONFIGURED : FAILED;
    }
    stop();
    return true;
  }

  private synchronized Process begin(HostBudget.Share share, String name, String lastEnd) {
    if (stopping) {
      return null;
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ofChildren(ManagementFactory.getRuntimeMXBean().getInputArguments()));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(arguments);
    command.addAll(List.of("--device", share.device(), "--as", name));
    command.addAll(List.of("--host-share", Long.toString(share.host())));
    command.addAll(List.of("--sharers", Integer.toString(share.sharers())));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(LAST_END, lastEnd);
    builder.environment().keySet().removeIf(key -> key.startsWith("SECATEUR_JOURNAL_"));
    if (System.getProperty("sun.jnu.encoding").startsWith("ANSI")) {
      // Tasks name files in any characters, whatever this process was started with.
      builder.environment().put("LC_ALL", "C.UTF-8");
    }
    try {
      Process child = builder.start();
      children.put(name, child);
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException("the worker " + name + " can't be started", e);
    }
  }

  /** The options of Java but for those by which a process that only watches stays small. */
  static List<String> ofChildren(List<String> own) {
    return own.stream().filter(option -> !OF_WATCHERS.contains(option)).toList();
  }

  /** Tells what a child says until it ends, and returns the last lines of its errors. */
  private String listen(Process child, String name) {
    FinalOutput last = new FinalOutput();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        heard(name, Stamp.without(line));
        last.hear(line);
      }
    } catch (IOException e) {
      last.hear("its output can't be read: " + e.getMessage());
    }
    String words = last.text();
    return words.isEmpty() ? "" : ", final output: " + words;
  }

  private static int exitCode(Process child) {
    try {
      return child.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private synchronized boolean isStopping() {
    return stopping;
  }

  void stop() {
    List<Process> all;
    synchronized (this) {
      stopping = true;
      all = List.copyOf(children.values());
    }
    keepers.stream().filter(keeper -> keeper != Thread.currentThread()).forEach(Thread::interrupt);
    all.forEach(Process::destroy);
    long end = System.nanoTime() + FAREWELL.toNanos();
    for (Process child : all) {
      try {
        if (!child.waitFor(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
          child.destroyForcibly();
        }
      } catch (InterruptedException e) {
        child.destroyForcibly();
      }
    }
  }

  private synchronized void heard(String name, String line) {
    joined |= line.equals(JOINED);
    say("[" + name + "] " + line);
  }

  private synchronized void say(String line) {
    talk.println(line);
    talk.flush();
  }
}
