package dev.secateur.actors.soak;

import com.fasterxml.jackson.databind.JsonNode;
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
  private static final int MINUTES = Integer.getInteger("secateur.soak.minutes", 5);
  private static final long SEED = Long.getLong("secateur.soak.seed", 1);
  private static final Duration MINUTES_THAT_HOLD_ALL = Duration.ofMinutes(5);
  private static final Duration LAST_SWEEP_WITHIN = Duration.ofMinutes(4);
  private static final Duration TAKE_OVER_WITHIN = Duration.ofSeconds(45);
  private static final int LEAST_OF_EACH = 3;

  @TempDir static Path folder;

  @Test
  void aClusterUnderFaultsLosesNothingAndGoesOnByItself() throws Exception {
    List<String> grid = SweepLoop.grid(MINUTES);
    Map<String, JsonNode> undisturbed = SweepLoop.undisturbed(folder, grid);
    Duration length = Duration.ofMinutes(MINUTES);
    try (SoakCluster cluster = SoakCluster.start(folder);
        ProcessSizes sizes = new ProcessSizes(cluster);
        TakeOver takeOver = new TakeOver(cluster);
        SweepLoop sweeps = new SweepLoop(cluster.api(), grid)) {
      FaultInjector faults = new FaultInjector(cluster, takeOver);
      faults.follow(FaultSchedule.of(SEED, length));
      sweeps.finish(LAST_SWEEP_WITHIN);
      Verdict verdict = new Verdict(cluster, Instant.now());
      JournalLines journal =
          JournalLines.of(cluster.api().read("/api/v1/events?follow=false").orElse(""));
      SoakReport report =
          new SoakReport(faults, takeOver, journal, sweeps.ended(), verdict.lives());
      System.out.println(report.table());

      SoftAssertions all = new SoftAssertions();
      String soak = "secateur.soak.minutes=%d, secateur.soak.seed=%d: ".formatted(MINUTES, SEED);
      all.assertThat(faults.problems()).as(soak + "faults that could not be done").isEmpty();
      if (length.compareTo(MINUTES_THAT_HOLD_ALL) >= 0) {
        for (Fault fault : Fault.values()) {
          all.assertThat(faults.count(fault))
              .as(soak + fault)
              .isGreaterThanOrEqualTo(LEAST_OF_EACH);
        }
      }
      all.assertThat(sweeps.problem()).as(soak + "sweeps").isEmpty();
      all.assertThat(sweeps.ended()).as(soak + "sweeps that ended").isNotEmpty();
      for (SweepLoop.Ended sweep : sweeps.ended()) {
        all.assertThat(sweep.status()).as(soak + sweep.id()).isEqualTo("completed");
        all.assertThat(undisturbed).as(soak + sweep.id()).containsAllEntriesOf(sweep.numbers());
      }
      all.assertThat(journal.events()).as(soak + "the journal").isNotEmpty();
      all.assertThat(journal.completedTwice()).as(soak + "stages completed twice").isEmpty();
      all.assertThat(journal.outOfSequence()).as(soak + "gaps in the journal").isEmpty();
      all.assertThat(
              cluster.nodes().stream().map(SupervisedNode::failure).flatMap(Optional::stream))
          .as(soak + "supervisors that failed")
          .isEmpty();
      all.assertThat(verdict.silentEnds()).as(soak + "ended without a reason").isEmpty();
      all.assertThat(verdict.rivals()).as(soak + "two active coordinators").isEmpty();
      all.assertThat(takeOver.running()).as(soak + "a loss that nobody took over").isEmpty();
      all.assertThat(report.takeOver(0.95))
          .as(soak + "time to take over, percentile 95; " + takeOver.survived())
          .isLessThanOrEqualTo(TAKE_OVER_WITHIN);
      all.assertThat(sizes.outgrown()).as(soak + "processes that grew").isEmpty();
      all.assertThat(sizes.judged()).as(soak + "processes old enough to judge").isPositive();
      if (!all.wasSuccess()) {
        all.fail(
            Stream.of(faults.story(), verdict.lives())
                .flatMap(List::stream)
                .map(Object::toString)
                .collect(Collectors.joining("\n", soak + "what happened:\n", "")));
      }
      all.assertAll();
    }
  }
}
