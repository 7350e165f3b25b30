package dev.secateur.climbing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MovesTest {
  private static final int DRAWN = 2000;

  private static Moves.Structure heads(String name, long saves) {
    return new Moves.Structure(name, false, 4, 3, saves);
  }

  private static Moves.Structure channels(String name, long saves) {
    return new Moves.Structure(name, true, 512, 448, saves);
  }

  /** Draws moves one after the other; returns what was saved after each. */
  private static List<Long> saved(Moves moves, Map<String, Integer> start) {
    Map<String, Integer> counts = new TreeMap<>(start);
    List<Long> saved = new java.util.ArrayList<>();
    for (int i = 0; i < DRAWN; i++) {
      Move move = moves.draw(counts, new Random(i)).orElseThrow();
      assertThat(moves.allows(counts, move)).isTrue();
      counts = moves.after(counts, move);
      saved.add(moves.saved(counts));
    }
    return saved;
  }

  @Test
  void whatIsSavedNeverChangesWhereAHeadIsWorthWholeChannels() {
    Map<String, Integer> start = Map.of("a", 1, "b", 300, "c", 2, "d", 77);
    Moves moves =
        new Moves(
            List.of(heads("a", 64 * 3), channels("b", 3), heads("c", 64 * 3), channels("d", 3)),
            3 * (3 * 64 + 377),
            start);
    assertThat(saved(moves, start)).containsOnly(3L * (3 * 64 + 377));
  }

  @Test
  void whatIsSavedExceedsTheBudgetByLessThanAChannelWhereNot() {
    Map<String, Integer> start = Map.of("a", 1, "b", 300, "c", 2, "d", 77);
    long budget = 3 * 1001 + 12 * 377 - 5;
    Moves moves =
        new Moves(
            List.of(heads("a", 1001), channels("b", 12), heads("c", 1001), channels("d", 12)),
            budget,
            start);
    List<Long> saved = saved(moves, start);
    assertThat(saved).allMatch(sum -> sum >= budget && sum < budget + 12);
    assertThat(saved.stream().distinct().count()).isGreaterThan(3);
  }

  @Test
  void moreOrLessOfAnMlpGoesByThreeToTwelveHundredths() {
    Map<String, Integer> start = Map.of("b", 300, "d", 77);
    Moves moves = new Moves(List.of(channels("b", 3), channels("d", 3)), 3 * 377, start);
    for (int i = 0; i < DRAWN; i++) {
      Move move = moves.draw(start, new Random(i)).orElseThrow();
      assertThat(move.back()).isBetween(15, 61).isEqualTo(move.more());
    }
  }

  @Test
  void headsChangePlacesWhereThereIsNothingElse() {
    Map<String, Integer> start = Map.of("a", 3, "b", 1);
    Moves moves = new Moves(List.of(heads("a", 100), heads("b", 100)), 400, start);
    assertThat(saved(moves, start)).containsOnly(400L);
  }

  @Test
  void aStructureNeverLosesMoreThanItMayNorGetsBackMoreThanItLost() {
    Moves moves = new Moves(List.of(channels("b", 3), channels("d", 3)), 3 * 450, Map.of());
    Map<String, Integer> counts = Map.of("b", 440, "d", 10);
    assertThat(moves.allows(counts, new Move("d", 8, "b", 8))).isTrue();
    assertThat(moves.allows(counts, new Move("d", 9, "b", 9))).isFalse();
    assertThat(moves.allows(counts, new Move("d", 11, "b", 11))).isFalse();
    assertThat(moves.allows(counts, new Move("b", 9, "d", 8))).isFalse();
  }

  @Test
  void oneStructureAloneHasNoMoves() {
    Moves moves = new Moves(List.of(channels("b", 3)), 300, Map.of("b", 100));
    assertThat(moves.draw(Map.of("b", 100), new Random(1))).isEmpty();
  }
}
