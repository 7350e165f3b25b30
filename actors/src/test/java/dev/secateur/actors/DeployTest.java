package dev.secateur.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.secateur.actors.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files for running it are checked by the tools that read them, where these are installed. */
class DeployTest {
  private static final Path FILES =
      Path.of(System.getProperty("secateur.root", ".."), "actors/deploy");

  @TempDir private Path folder;

  private static boolean isInstalled(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    return process.waitFor() + " " + said;
  }

  @ParameterizedTest
  @ValueSource(strings = {"secateur-coordinator.service", "secateur-worker.service"})
  void systemdTakesTheUnits(String name) throws Exception {
    assumeThat(isInstalled("systemd-analyze", "--version")).as("systemd is installed").isTrue();
    String unit = Files.readString(FILES.resolve("systemd").resolve(name));
    assertThat(unit).contains("ExecStart=/opt/secateur/bin/secateur node ");
    // What it starts, and as whom, is not on this machine.
    String here =
        unit.replace("/opt/secateur/bin/secateur", "/bin/true").replace("User=secateur\n", "");
    Path copy = Files.writeString(folder.resolve(name), here);
    // It may have something to say of the machine's own units too.
    assertThat(output(List.of("systemd-analyze", "verify", copy.toString())))
        .startsWith("0 ")
        .doesNotContain(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secateur-coordinator.service", "secateur-worker.service"})
  void theUnitsStartACommandThatThereIs(String name) throws Exception {
    String unit = Files.readString(FILES.resolve("systemd").resolve(name));
    String start = unit.lines().filter(line -> line.startsWith("ExecStart=")).findFirst().get();
    String[] words = start.replaceFirst(".*/secateur ", "").split(" ");
    for (String word : words) {
      if (word.startsWith("--")) {
        assertThat(Cli.here("node", "--help").out()).contains(word);
      }
    }
  }

  /** Each alert is told when it is to be, and no other: secateur-rules-test.yml. */
  @Test
  void prometheusTakesTheRulesAndTheyTellWhatTheyAreTo() throws Exception {
    assumeThat(isInstalled("promtool", "--version")).as("promtool is installed").isTrue();
    Files.copy(
        FILES.resolve("prometheus/secateur-rules.yml"), folder.resolve("secateur-rules.yml"));
    Path tests = folder.resolve("secateur-rules-test.yml");
    try (var content = DeployTest.class.getResourceAsStream("/deploy/secateur-rules-test.yml")) {
      Files.copy(content, tests);
    }
    assertThat(output(List.of("promtool", "test", "rules", tests.toString())))
        .startsWith("0 ")
        .contains("SUCCESS");
  }
}
