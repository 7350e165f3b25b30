package dev.secateur.actors.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of six nodes under faults of all kinds, for {@code secateur.soak.minutes}; {@code
 * secateur.soak.seed} decides which when.
 */
class SoakIT {
  private static final int MINUTES = Integer.getInteger("secateur.soak.minutes", 3);
  private static final long SEED = Long.getLong("secateur.soak.seed", 1);
  private static final String SOAK =
      "secateur.soak.minutes=%d, secateur.soak.seed=%d: ".formatted(MINUTES, SEED);

  /** In a shorter soak some fault never happens, and no process grows old enough to be judged. */
  private static final boolean WHOLE = MINUTES >= 3;

  private static final Duration LAST_SWEEP_WITHIN = Duration.ofMinutes(4);

  @TempDir static Path folder;

  private final SoftAssertions all = new SoftAssertions();

  @Test
  void aClusterUnderFaultsLosesNothingAndGoesOnByItself() throws Exception {
    List<String> grid = SweepLoop.grid(MINUTES);
    Map<String, JsonNode> undisturbed = SweepLoop.undisturbed(folder, grid);
    try (SoakCluster cluster = SoakCluster.start(folder);
        ProcessSizes sizes = new ProcessSizes(cluster);
        TakeOver takeOver = new TakeOver(cluster);
        SweepLoop sweeps = new SweepLoop(cluster.api(), grid)) {
      FaultInjector faults = new FaultInjector(cluster, takeOver);
      FaultSchedule schedule = FaultSchedule.of(SEED, Duration.ofMinutes(MINUTES));
      faults.follow(schedule);
      sweeps.finish(LAST_SWEEP_WITHIN);

      Verdict verdict = new Verdict(cluster, Instant.now());
      JournalLines journal = journal(cluster);
      SoakReport report =
          new SoakReport(faults, takeOver, journal, sweeps.ended(), verdict.lives());
      System.out.println(report.table());
      checkFaults(faults, schedule);
      checkSweeps(sweeps, undisturbed);
      checkJournal(journal);
      checkNodes(cluster, verdict);
      checkTakeOver(takeOver, report);
      checkSizes(sizes);
      if (!all.wasSuccess()) {
        all.fail(story(faults, verdict));
      }
      all.assertAll();
    }
  }

  private static JournalLines journal(SoakCluster cluster) throws IOException {
    return JournalLines.of(cluster.api().read("/api/v1/events?follow=false").orElse(""));
  }

  private void checkFaults(FaultInjector faults, FaultSchedule schedule) {
    all.assertThat(faults.problems()).as(SOAK + "faults that could not be done").isEmpty();
    for (Fault fault : Fault.values()) {
      all.assertThat(faults.count(fault)).as(SOAK + fault).isEqualTo((int) schedule.count(fault));
    }
  }

  private void checkSweeps(SweepLoop sweeps, Map<String, JsonNode> undisturbed) {
    all.assertThat(sweeps.problem()).as(SOAK + "sweeps").isEmpty();
    all.assertThat(sweeps.ended()).as(SOAK + "sweeps that ended").isNotEmpty();
    for (SweepLoop.Ended sweep : sweeps.ended()) {
      all.assertThat(sweep.status()).as(SOAK + sweep.id()).isEqualTo("completed");
      all.assertThat(undisturbed).as(SOAK + sweep.id()).containsAllEntriesOf(sweep.numbers());
    }
  }

  private void checkJournal(JournalLines journal) {
    all.assertThat(journal.events()).as(SOAK + "the journal").isNotEmpty();
    all.assertThat(journal.completedTwice()).as(SOAK + "stages completed twice").isEmpty();
    all.assertThat(journal.outOfSequence()).as(SOAK + "gaps in the journal").isEmpty();
  }

  private void checkNodes(SoakCluster cluster, Verdict verdict) throws IOException {
    all.assertThat(cluster.nodes().stream().map(SupervisedNode::failure).flatMap(Optional::stream))
        .as(SOAK + "supervisors that failed")
        .isEmpty();
    all.assertThat(verdict.silentEnds()).as(SOAK + "ended without a reason").isEmpty();
    all.assertThat(verdict.rivals()).as(SOAK + "two active coordinators").isEmpty();
  }

  private void checkTakeOver(TakeOver takeOver, SoakReport report) {
    all.assertThat(takeOver.running()).as(SOAK + "a loss that nobody took over").isEmpty();
    all.assertThat(report.takeOver(0.95))
        .as(SOAK + "time to take over, percentile 95; " + takeOver.losses())
        .isLessThanOrEqualTo(TakeOver.WITHIN);
  }

  private void checkSizes(ProcessSizes sizes) {
    all.assertThat(sizes.outgrown()).as(SOAK + "processes that grew").isEmpty();
    all.assertThat(sizes.judged())
        .as(SOAK + "processes old enough to judge")
        .isGreaterThanOrEqualTo(WHOLE ? 1 : 0);
  }

  private static String story(FaultInjector faults, Verdict verdict) {
    return Stream.of(faults.story(), verdict.lives())
        .flatMap(List::stream)
        .map(Object::toString)
        .collect(Collectors.joining("\n", SOAK + "what happened:\n", ""));
  }
}
