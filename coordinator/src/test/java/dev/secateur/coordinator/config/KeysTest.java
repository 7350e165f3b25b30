package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every key of a sweep, as its reader asks for it. */
class KeysTest {
  private static final String ALL =
      """
      models = [a], ratios = [0.5]
      recovery { when { top = 1 }, validation {}, scratch {} }
      evaluation {
        latency {}, generate { prompts = [a] }
        texts = [{ text = b }]
        choice-tasks = [{ name = a, file = b, template = c, choices = [d], answer = e }]
      }
      tracking { mlflow = "http://h", webhook = "http://h", secret = SECATEUR_TRACKING_SECRET }
      """;

  private static Map<String, Key<?>> keys() {
    Problems problems = new Problems("sweep.conf");
    Section root = Section.parse(ALL, "sweep.conf", problems);
    SweepConfigReader.read(root, new FakeSources("/models"));
    problems.throwIfAny();
    return root.asked();
  }

  private static String table(Predicate<String> which) {
    return keys().entrySet().stream()
        .filter(entry -> which.test(entry.getKey()) && !entry.getValue().help().isEmpty())
        .map(entry -> row(entry.getKey(), entry.getValue()))
        .collect(
            Collectors.joining(
                "", "| key | default | allowed | what it is |\n|---|---|---|---|\n", ""));
  }

  private static String row(String path, Key<?> key) {
    String otherwise = key.shownDefault().isEmpty() ? "" : "`" + key.shownDefault() + "`";
    String allowed = key.help().contains("`") ? bounds(key) : key.kind().allowed();
    return "| `" + path + "` | " + otherwise + " | " + allowed + " | " + key.help() + " |\n";
  }

  /** Labels need not be listed where the help explains them. */
  private static String bounds(Key<?> key) {
    return key.kind().type().isEnum() ? "" : key.kind().allowed();
  }

  private static void documented(String table) throws Exception {
    assertThat(Files.readString(Path.of("SWEEPS.md")).contains(table))
        .as("SWEEPS.md has this table, which is made of the keys:\n" + table)
        .isTrue();
  }

  @Test
  void documentsTheKeysOfASweep() throws Exception {
    documented(table(path -> !path.contains(".")));
  }

  @Test
  void documentsTheKeysOfItsSections() throws Exception {
    documented(table(path -> path.contains(".")));
  }

  @Test
  void everyDefaultIsAllowed() {
    keys().values().forEach(KeysTest::checkDefault);
  }

  private static <T> void checkDefault(Key<T> key) {
    key.otherwise()
        .ifPresent(
            value -> assertThatCode(() -> key.of(value)).as(key.name()).doesNotThrowAnyException());
  }

  @Test
  void whoeverWritesAFormerNameIsToldTheNewOne() {
    Problems problems = new Problems("sweep.conf");
    Section section = Section.parse("\nlr = 1, rnk = 8", "sweep.conf", problems);
    section.find(RecoverySection.LEARNING_RATE.formerly("lr"));
    section.find(Key.whole("rank", 1, 8, "of the adapter"));
    section.finish();
    assertThatThrownBy(problems::throwIfAny)
        .hasMessageContaining("sweep.conf:2: unknown key 'lr'; it is called 'learning-rate' now")
        .hasMessageContaining(
            "unknown key 'rnk'; allowed are learning-rate, rank; did you mean 'rank'?");
  }
}
