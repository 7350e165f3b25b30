package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Criterion obs, scope measured and compensation: what two workers that are killed amidst them
 * store has the bits of what one undisturbed worker does, wherever weights are kept.
 */
class OrderAndRefitSurvivalIT extends SurvivalFixture {
  private static final String SWEEP =
      """
      name = refitted
      models = [demo], ratios = [0.25], criteria = [obs], scopes = [measured], attempts = 9
      compensation = [least-squares]
      layers { first = 5, end = 8 }
      calibration { samples = 16, length = 32, parts = 2 }
      evaluation { window = 64, windows = 4 }
      """;

  private static final Set<String> STORED =
      Set.of(
          "scores.safetensors", "profiles.safetensors", "recipe.json", "compensation.safetensors");

  @BeforeAll
  static void runTheSweepUndisturbed() throws Exception {
    runUndisturbed(SWEEP);
  }

  @Test
  void workersThatAreKilledAmidstOrdersProfilesAndRefitsChangeNoBit() throws Exception {
    Cli.Running submitted = submit();
    Set<String> kinds = new TreeSet<>(Set.of("estimation", "profile", "compensation"));
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              workersAmidst()
                  .forEach(
                      (kind, process) -> {
                        if (kinds.remove(kind)) {
                          process.destroyForcibly();
                        }
                      });
              return kinds.isEmpty() || !submitted.process().isAlive();
            });
    assertThat(kinds).as("kinds of stage in which no worker was killed").isEmpty();
    assertUndisturbed(submitted);
    assertThat(events()).containsPattern("ended: signal 9|no heartbeat for ");
    Map<String, byte[]> expected = stored(folder.resolve("undisturbed"));
    assertThat(expected.keySet()).anyMatch(file -> file.endsWith("compensation.safetensors"));
    Map<String, byte[]> found = stored(work.resolve("of-workers"));
    assertThat(found).containsOnlyKeys(expected.keySet());
    expected.forEach((file, bytes) -> assertThat(found.get(file)).as(file).isEqualTo(bytes));
  }

  /** What estimation, profiles, pruning and compensation stored, by stage and file. */
  private static Map<String, byte[]> stored(Path of) throws IOException {
    Path artifacts = of.resolve("artifacts");
    Map<String, byte[]> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(artifacts)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (STORED.contains(file.getFileName().toString())) {
          contents.put(artifacts.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
    }
    return contents;
  }
}
