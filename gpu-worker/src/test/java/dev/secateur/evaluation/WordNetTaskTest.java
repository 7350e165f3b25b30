package dev.secateur.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.text.Split;
import dev.secateur.text.WordNet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WordNetTaskTest {
  @Test
  void asksTheSameQuestionsEveryTimeAboutTheTestSplitOnly() {
    ZeroShot.Questions some = WordNetTask.questions(50);
    assertThat(WordNetTask.questions(80).first(50)).isEqualTo(some);
    Set<String> unseen =
        WordNet.entries(Split.TEST).stream()
            .map(WordNet.Entry::definition)
            .collect(Collectors.toSet());
    assertThat(some.questions())
        .hasSize(50)
        .allSatisfy(
            question -> {
              assertThat(question.choices()).hasSize(4).doesNotHaveDuplicates();
              assertThat(unseen).containsAll(question.choices());
              assertThat(question.requests().get(0).context()).endsWith(":");
            });
    assertThat(some.questions().stream().map(ChoiceQuestion::answer).distinct()).hasSize(4);
  }
}
