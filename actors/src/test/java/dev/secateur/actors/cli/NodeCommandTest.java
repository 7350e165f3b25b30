package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class NodeCommandTest {
  private static List<String> ofWorkers(String... options) {
    List<String> arguments = new ArrayList<>(List.of("node", "--role", "gpu-worker"));
    arguments.addAll(List.of(options));
    CommandLine line = Main.commandLine();
    line.parseArgs(arguments.toArray(String[]::new));
    NodeCommand node = line.getSubcommands().get("node").getCommand();
    return node.ofWorkers(List.of("a:1", "b:2"));
  }

  @Test
  void itsWorkersProcessesHaveItsOptions() {
    assertThat(ofWorkers("--debug", "--host", "h", "--threads", "3"))
        .containsSequence("--seed", "a:1,b:2")
        .containsSequence("--host", "h")
        .containsSequence("--threads", "3")
        .contains("--debug");
    assertThat(ofWorkers()).doesNotContain("--debug", "--host");
  }
}
