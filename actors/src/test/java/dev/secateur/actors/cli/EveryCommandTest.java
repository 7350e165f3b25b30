package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What holds for each command that the command line has, however deep. */
class EveryCommandTest {
  static Stream<String> commands() {
    return below("", Main.commandLine());
  }

  private static Stream<String> below(String path, CommandLine line) {
    return line.getSubcommands().entrySet().stream()
        .filter(entry -> !(entry.getValue().getCommand() instanceof CommandLine.HelpCommand))
        .flatMap(
            entry -> {
              String command = (path + " " + entry.getKey()).strip();
              return Stream.concat(Stream.of(command), below(command, entry.getValue()));
            });
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp(String command) {
    Cli.Result result = Cli.here((command + " --help").split(" "));
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("Usage: secateur " + command).contains("--debug");
    assertThat(result.err()).isEmpty();
  }

  /** The list of commands shows the first element alone. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyHelpIsMadeOfSentencesAndNamesValues(String command) {
    CommandLine line = Main.commandLine();
    for (String name : command.split(" ")) {
      line = line.getSubcommands().get(name);
    }
    String[] sentences = line.getCommandSpec().usageMessage().description();
    assertThat(sentences[0]).endsWith(".");
    assertThat(sentences)
        .allSatisfy(sentence -> assertThat(sentence).matches("[A-Z-].*").doesNotEndWith(","));
    for (CommandLine.Model.OptionSpec option : line.getCommandSpec().options()) {
      String value = option.arity().max() > 0 && !option.hidden() ? option.paramLabel() : "";
      assertThat(value).as(option.longestName()).doesNotMatch("<[a-z].*");
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void noCommandTakesAnOptionThatItDoesNotKnow(String command) {
    Cli.Result result = Cli.here((command + " --no-such-option").split(" "));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .hasLineCount(2)
        .contains("secateur " + command + " --help describes its arguments");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void noCommandSucceedsWhenItsDataCannotBeWritten(String command) {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertThat(Main.run(full, err, (command + " --help").split(" "))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("secateur: can't write to stdout: No space left on device\n");
  }
}
