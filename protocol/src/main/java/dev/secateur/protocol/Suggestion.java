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

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
