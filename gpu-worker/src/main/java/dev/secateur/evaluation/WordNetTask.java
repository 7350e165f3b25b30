package dev.secateur.evaluation;

import dev.secateur.text.Split;
import dev.secateur.text.WordNet;
import dev.secateur.text.WordNet.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The built-in task: which of four definitions belongs to a word. Words and definitions are from
 * the test split and have the same part of speech; the choice of questions depends only on the
 * text.
 */
public final class WordNetTask {
  private static final int CHOICES = 4;

  private WordNetTask() {}

  /** The first questions. */
  public static ZeroShot.Questions questions(int most) {
    List<Entry> entries = new ArrayList<>(WordNet.entries(Split.TEST));
    Random random = new Random(1);
    Collections.shuffle(entries, random);
    List<ChoiceQuestion> questions = new ArrayList<>();
    for (int i = 0; i < entries.size() && questions.size() < most; i++) {
      questions.add(question(entries, i, random));
    }
    return new ZeroShot.Questions("wordnet", true, true, questions);
  }

  private static ChoiceQuestion question(List<Entry> entries, int index, Random random) {
    Entry asked = entries.get(index);
    List<String> choices = new ArrayList<>();
    while (choices.size() < CHOICES - 1) {
      Entry other = entries.get(random.nextInt(entries.size()));
      boolean fits =
          other.part() == asked.part()
              && !other.definition().equals(asked.definition())
              && !choices.contains(other.definition());
      if (fits) {
        choices.add(other.definition());
      }
    }
    int answer = random.nextInt(CHOICES);
    choices.add(answer, asked.definition());
    return ChoiceQuestion.of(asked.word() + ":", choices, answer);
  }
}
