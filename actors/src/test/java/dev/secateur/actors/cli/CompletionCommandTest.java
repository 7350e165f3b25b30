package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script is run by a real bash. */
class CompletionCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "re | recover results report resume retry",
        "bench str | stream",
        "natives i | install",
        "prune demo --cri | --criterion",
        "plan --no-such | ",
      })
  void completesWhatWasBegun(String begun, String completions) throws Exception {
    assertThat(completed(begun)).contains(completions == null ? "" : completions);
  }

  @Test
  void offersNoHiddenOption() throws Exception {
    assertThat(completed("node --")).contains("--devices").doesNotContain("--host-share");
  }

  /** What bash offers for a line's last word. */
  private String completed(String begun) throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("completion"), script());
    String line =
        "source "
            + script
            + "; COMP_WORDS=(secateur "
            + begun
            + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complete_secateur; echo ${COMPREPLY[@]}";
    Process bash =
        new ProcessBuilder("bash", "--norc", "-c", line).redirectErrorStream(true).start();
    String offered = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).isZero();
    return offered;
  }

  private static String script() {
    Cli.Result result = Cli.here("completion");
    assertThat(result.code()).isZero();
    return result.out();
  }
}
