package dev.secateur.actors.soak;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Does to a cluster what a schedule says; faults that last overlap with those that follow. */
final class FaultInjector {
  private static final Duration BEYOND_LEASE = Duration.ofSeconds(20);
  private static final Duration CUT = Duration.ofSeconds(20);
  private static final Duration FIRST_AWAY = Duration.ofSeconds(8);
  private static final Duration TARGET_WITHIN = Duration.ofMinutes(2);
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final SoakCluster cluster;
  private final TakeOver takeOver;
  private final Map<Fault, Integer> done = new EnumMap<>(Fault.class);
  private final List<String> problems = new ArrayList<>();
  private final List<String> story = new ArrayList<>();
  private final Semaphore database = new Semaphore(1);
  private final Instant begin = Instant.now();

  /** What a fault is done to, where there is such a thing now. */
  @FunctionalInterface
  private interface Target<T> {
    Optional<T> find() throws Exception;
  }

  FaultInjector(SoakCluster cluster, TakeOver takeOver) {
    this.cluster = cluster;
    this.takeOver = takeOver;
  }

  /** Follows a schedule to its end; all faults are healed then. */
  void follow(FaultSchedule schedule) throws InterruptedException {
    ExecutorService threads = Executors.newCachedThreadPool();
    Instant start = Instant.now();
    for (FaultSchedule.Step step : schedule.steps()) {
      pause(Duration.between(Instant.now(), start.plus(step.at())));
      threads.execute(() -> perform(step));
    }
    threads.shutdown();
    if (!threads.awaitTermination(4, TimeUnit.MINUTES)) {
      problem("faults that do not end");
      threads.shutdownNow();
    }
  }

  private void perform(FaultSchedule.Step step) {
    try {
      perform(step.fault(), new Random(step.seed()));
      synchronized (this) {
        done.merge(step.fault(), 1, Integer::sum);
      }
    } catch (Exception e) {
      problem(step.fault() + ": " + e);
    }
  }

  private void perform(Fault fault, Random random) throws Exception {
    switch (fault) {
      case KILL_ACTIVE -> killActive(fault);
      case KILL_STANDBY -> end(fault, standby(random), "KILL", Duration.ZERO);
      case KILL_WORKER -> killWorker(fault, random);
      case STOP_ACTIVE -> stopActive();
      case STOP_WORKER -> stopWorker(random);
      case CUT_NODE -> cut(random.nextInt(cluster.nodes().size()));
      case RESTART_DATABASE -> restartDatabase(between(5, 15, random));
      case TERMINATE_COORDINATOR -> end(fault, coordinator(random), "TERM", Duration.ZERO);
      case KILL_WORKER_THEN_ACTIVE -> {
        killWorker(fault, random);
        pause(between(12, 35, random));
        killActive(fault);
      }
      case KILL_FIRST_COORDINATOR -> end(fault, first(), "KILL", FIRST_AWAY);
    }
  }

  private static Duration between(int least, int most, Random random) {
    return Duration.ofSeconds(least + random.nextInt(most - least + 1));
  }

  private void killActive(Fault fault) throws Exception {
    end(fault, active(), "KILL", Duration.ZERO);
  }

  /** Ends a coordinator's process, and starts the clock where it is the active one. */
  private void end(Fault fault, SupervisedNode coordinator, String signal, Duration away)
      throws Exception {
    boolean active = cluster.active().filter(coordinator::equals).isPresent();
    tell(fault, coordinator.name() + (active ? ", the active one" : ""));
    if (active) {
      takeOver.lost(fault, coordinator);
    }
    coordinator.end(signal, "told by SIG" + signal, away);
  }

  private SupervisedNode active() throws Exception {
    return await("active coordinator", cluster::active);
  }

  private SupervisedNode first() throws Exception {
    return await(
        "first coordinator",
        () -> Optional.of(cluster.coordinators().get(0)).filter(SupervisedNode::isUp));
  }

  private SupervisedNode standby(Random random) throws Exception {
    return await(
        "standby coordinator",
        () -> {
          Optional<SupervisedNode> active = cluster.active();
          return active.isEmpty()
              ? Optional.empty()
              : any(
                  cluster.coordinators().stream()
                      .filter(SupervisedNode::isUp)
                      .filter(node -> !node.equals(active.get()))
                      .toList(),
                  random);
        });
  }

  private SupervisedNode coordinator(Random random) throws Exception {
    return await(
        "coordinator",
        () -> any(cluster.coordinators().stream().filter(SupervisedNode::isUp).toList(), random));
  }

  /** The process that a worker node's parent watches. */
  private ProcessHandle workerProcess(Fault fault, Random random) throws Exception {
    SupervisedNode node = cluster.workers().get(random.nextInt(SoakCluster.WORKERS));
    ProcessHandle process =
        await("process of " + node.name(), () -> node.processes().stream().skip(1).findFirst());
    tell(fault, node.name() + ", process " + process.pid());
    return process;
  }

  private void killWorker(Fault fault, Random random) throws Exception {
    workerProcess(fault, random).destroyForcibly();
  }

  private void stopWorker(Random random) throws Exception {
    ProcessHandle process = workerProcess(Fault.STOP_WORKER, random);
    signal(process, "STOP");
    pause(between(5, 30, random));
    signal(process, "CONT");
  }

  private static void signal(ProcessHandle process, String name) throws Exception {
    if (process.isAlive()) {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }
  }

  private void stopActive() throws Exception {
    SupervisedNode active = active();
    tell(Fault.STOP_ACTIVE, active.name());
    takeOver.lost(Fault.STOP_ACTIVE, active);
    long process = active.suspend();
    pause(BEYOND_LEASE);
    active.resume(process);
    tell(Fault.STOP_ACTIVE, active.name() + " goes on");
  }

  private void cut(int index) throws Exception {
    SupervisedNode node = cluster.nodes().get(index);
    boolean active = cluster.active().filter(node::equals).isPresent();
    tell(Fault.CUT_NODE, node.name() + (active ? ", the active one" : ""));
    cluster.proxy(index).cut();
    if (active) {
      takeOver.lost(Fault.CUT_NODE, node);
    }
    pause(CUT);
    cluster.proxy(index).heal();
    tell(Fault.CUT_NODE, node.name() + " is healed");
  }

  private void restartDatabase(Duration away) throws Exception {
    database.acquire();
    try {
      tell(Fault.RESTART_DATABASE, "away for " + away.toSeconds() + " s");
      takeOver.databaseStopped();
      cluster.stopDatabase();
      pause(away);
      cluster.startDatabase();
      takeOver.databaseStarted();
      tell(Fault.RESTART_DATABASE, "it is back");
    } finally {
      database.release();
    }
  }

  private static <T> Optional<T> any(List<T> all, Random random) {
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
  }

  private static <T> T await(String what, Target<T> target) throws Exception {
    Instant end = Instant.now().plus(TARGET_WITHIN);
    while (Instant.now().isBefore(end)) {
      Optional<T> found = target.find();
      if (found.isPresent()) {
        return found.get();
      }
      pause(LOOK_EVERY);
    }
    throw new IllegalStateException(
        "there was no " + what + " for " + TARGET_WITHIN.toSeconds() + " s");
  }

  /** Lets time pass, of which a schedule consists. */
  private static void pause(Duration length) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(Math.max(0, length.toMillis()));
  }

  private synchronized void tell(Fault fault, String what) {
    story.add(
        "%3d s %s: %s"
            .formatted(Duration.between(begin, Instant.now()).toSeconds(), fault.name(), what));
  }

  private synchronized void problem(String text) {
    problems.add(text);
  }

  /** What was done when. */
  synchronized List<String> story() {
    return List.copyOf(story);
  }

  /** Faults that could not be done. */
  synchronized List<String> problems() {
    return List.copyOf(problems);
  }

  synchronized int count(Fault fault) {
    return done.getOrDefault(fault, 0);
  }
}
