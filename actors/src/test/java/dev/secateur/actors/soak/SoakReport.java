package dev.secateur.actors.soak;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A soak in one table. */
final class SoakReport {
  private final FaultInjector faults;
  private final TakeOver takeOver;
  private final JournalLines journal;
  private final List<SweepLoop.Ended> sweeps;
  private final List<SupervisedNode.Life> lives;

  SoakReport(
      FaultInjector faults,
      TakeOver takeOver,
      JournalLines journal,
      List<SweepLoop.Ended> sweeps,
      List<SupervisedNode.Life> lives) {
    this.faults = faults;
    this.takeOver = takeOver;
    this.journal = journal;
    this.sweeps = sweeps;
    this.lives = lives;
  }

  /**
   * How long it took until a coordinator answered again.
   *
   * @param share of the losses that took no longer
   */
  Duration takeOver(double share) {
    List<Duration> sorted =
        takeOver.losses().stream()
            .filter(TakeOver.Loss::counts)
            .map(TakeOver.Loss::took)
            .sorted()
            .toList();
    return sorted.isEmpty()
        ? Duration.ZERO
        : sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
  }

  String table() {
    String kinds =
        Arrays.stream(Fault.values())
            .map(fault -> "  %2d  %s%n".formatted(faults.count(fault), fault))
            .collect(Collectors.joining());
    return """
        faults
        %staking over     %d losses, %d of them until the next
                        median %s, percentile 95 %s, longest %s; nobody answered for %s at the most
        sweeps          %d finished, median %s
        journal         %d events, %d stage-retried, %d lease-expired, %d lease-voided, %d worker-crashed, %d artifact-lost
        exit codes      told: %s; by themselves: %s
        """
        .formatted(
            kinds,
            takeOver.losses().size(),
            takeOver.losses().stream().filter(TakeOver.Loss::interrupted).count(),
            seconds(takeOver(0.5)),
            seconds(takeOver(0.95)),
            seconds(takeOver(1)),
            seconds(takeOver.darkest()),
            sweeps.size(),
            seconds(medianSweep()),
            journal.events().size(),
            journal.count("stage-retried"),
            journal.count("lease-expired"),
            journal.count("lease-voided"),
            journal.count("worker-crashed"),
            journal.count("artifact-lost"),
            exitCodes(true),
            exitCodes(false));
  }

  private Duration medianSweep() {
    List<Duration> sorted = sweeps.stream().map(SweepLoop.Ended::took).sorted().toList();
    return sorted.isEmpty() ? Duration.ZERO : sorted.get(sorted.size() / 2);
  }

  private static String seconds(Duration duration) {
    return "%.1f s".formatted(duration.toMillis() / 1000.0);
  }

  private String exitCodes(boolean told) {
    TreeMap<Integer, Long> codes =
        lives.stream()
            .filter(life -> life.told().isPresent() == told)
            .map(SupervisedNode.Life::exitCode)
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    return codes.isEmpty()
        ? "none"
        : codes.entrySet().stream()
            .map(code -> "%d x %d".formatted(code.getValue(), code.getKey()))
            .collect(Collectors.joining(", "));
  }
}
