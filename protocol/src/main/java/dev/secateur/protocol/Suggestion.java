package dev.secateur.protocol;

import java.util.Collection;
import java.util.Comparator;

/** Suggests the word that a mistyped one probably means. */
public final class Suggestion {
  private static final int LONGEST = 100;

  private Suggestion() {}

  /** A question to append to an error, empty where nothing is near. */
  public static String of(String found, Collection<String> allowed) {
    if (found.length() > LONGEST) {
      return "";
    }
    return allowed.stream()
        .min(Comparator.comparingInt(word -> distance(found, word)))
        .filter(word -> distance(found, word) <= Math.max(1, word.length() / 3))
        .map(word -> "; did you mean '" + word + "'?")
        .orElse("");
  }

  /** Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
  private static int distance(String a, String b) {
    int[][] table = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        table[i][j] = i == 0 || j == 0 ? i + j : nearest(a, b, i, j, table);
      }
    }
    return table[a.length()][b.length()];
  }

  private static int nearest(String a, String b, int i, int j, int[][] table) {
    char last = a.charAt(i - 1);
    char other = b.charAt(j - 1);
    int change = table[i - 1][j - 1] + (last == other ? 0 : 1);
    int least = Math.min(change, Math.min(table[i - 1][j], table[i][j - 1]) + 1);
    boolean swapped = i > 1 && j > 1 && last == b.charAt(j - 2) && a.charAt(i - 2) == other;
    return swapped ? Math.min(least, table[i - 2][j - 2] + 1) : least;
  }
}
