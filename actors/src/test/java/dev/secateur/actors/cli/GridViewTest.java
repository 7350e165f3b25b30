package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GridViewTest {
  private static final List<String> WORDS =
      List.of(
          "llama, block 0.25 l2 sum",
          "llama, block 0.25 l2 sum",
          "llama, block 0.5 l2 sum",
          "llama, block 0.25 taylor-element1 sum",
          "llama, block 0.5 taylor-element1 sum",
          "llama, dense");
  private static final Map<Integer, TrialState> STATES =
      Map.of(0, TrialState.DONE, 1, TrialState.AT_WORK, 2, TrialState.FAILED, 5, TrialState.DONE);

  private static List<String> lines(List<String> words, int width, boolean coloured) {
    return new GridView(words)
        .lines(trial -> STATES.getOrDefault(trial, TrialState.WAITS), width, coloured);
  }

  @Test
  void hasAColumnToEachRatioAndARowToAllElse() {
    assertThat(lines(WORDS, 79, false))
        .containsExactly(
            "                                   0.25 0.5  0",
            "  llama, block l2 sum              #>   x",
            "  llama, block taylor-element1 sum .    .",
            "  llama, dense                               #",
            "  . queued  > running  # done  x failed");
  }

  @Test
  void coloursSayNoMoreThanLetters() {
    String plain = String.join("\n", lines(WORDS, 79, false));
    String coloured = String.join("\n", lines(WORDS, 79, true));
    assertThat(coloured).contains("\033[32m#\033[0m\033[33m>\033[0m").contains("\033[31mx\033[0m");
    assertThat(coloured.replaceAll("\033\\[\\d*m", "")).isEqualTo(plain);
  }

  @Test
  void noLineIsLongerThanTheScreen() {
    List<String> many = new ArrayList<>();
    IntStream.range(0, 12)
        .forEach(
            row ->
                IntStream.range(1, 20)
                    .forEach(
                        ratio ->
                            many.add("m" + row + ", block 0." + (100 + ratio) + " criterion sum")));
    for (List<String> words :
        List.of(WORDS, many, many(100_000), List.of("a".repeat(10_000), "b"))) {
      for (int width : new int[] {39, 79, 200}) {
        List<String> lines = lines(words, width, false);
        assertThat(lines).hasSizeLessThanOrEqualTo(10);
        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(width));
      }
    }
  }

  private static List<String> many(int trials) {
    return IntStream.range(0, trials).mapToObj(i -> "m" + i + ", block 0.5 l2 sum").toList();
  }

  @Test
  void aLetterForSeveralTrialsTellsWhatMostConcerns() {
    List<String> lines = lines(many(1_000), 39, false);
    assertThat(lines.get(0)).startsWith("  x...");
    assertThat(lines.get(lines.size() - 1)).isEqualTo("  one letter for 4 trials");
  }

  @Test
  void hostileNamesMoveNoCursor() {
    List<String> lines = lines(List.of("\033[2Jm, block 0.5 l2", "n, block 0.5 l2"), 79, true);
    assertThat(String.join("", lines)).doesNotContain("\033[2J").contains("\\u001b[2Jm");
  }

  @Test
  void aSingleTrialNeedsNoGrid() {
    assertThat(lines(List.of("m, block 0.5 l2"), 79, false)).isEmpty();
  }
}
