package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogClaimsTest {
  @TempDir private Path folder;

  private static String name(LogClaims.Claim claim) {
    return claim.file().getFileName().toString();
  }

  @Test
  void aNodeHasTheSameLogInEachOfItsLives() throws IOException {
    LogClaims logs = new LogClaims(folder);
    for (int life = 0; life < 2; life++) {
      try (LogClaims.Claim claim = logs.claim("node-coordinator")) {
        assertThat(name(claim)).isEqualTo("node-coordinator.jsonl");
      }
    }
  }

  @Test
  void aNodeThatWasKilledHasTheSameLogAgainAlsoUnderTheSameNumber() throws IOException {
    String sameNumber = ProcessHandle.current().pid() + " Optional[2020-01-01T00:00:00Z]";
    Files.writeString(folder.resolve(".node-coordinator.pid"), sameNumber);
    Files.createFile(folder.resolve(".node-coordinator.lock"));
    try (LogClaims.Claim claim = new LogClaims(folder).claim("node-coordinator")) {
      assertThat(name(claim)).isEqualTo("node-coordinator.jsonl");
    }
  }

  @Test
  void twoNodesOfAFolderShareNone() throws IOException {
    LogClaims logs = new LogClaims(folder);
    try (LogClaims.Claim first = logs.claim("node-coordinator");
        LogClaims.Claim second = logs.claim("node-coordinator")) {
      assertThat(name(first)).isEqualTo("node-coordinator.jsonl");
      assertThat(name(second)).isEqualTo("node-coordinator-2.jsonl");
    }
  }

  @Test
  void namesSayTheRoleAndTheDevice() {
    assertThat(LogClaims.name("coordinator", Optional.empty())).isEqualTo("node-coordinator");
    assertThat(LogClaims.name("gpu-worker", Optional.of("10.0.0.2-4711/cuda:0")))
        .isEqualTo("node-gpu-worker-cuda_0");
    assertThat(LogClaims.name("gpu-worker", Optional.of("h-1/cpu-2")))
        .isEqualTo("node-gpu-worker-cpu-2");
  }

  @Test
  void logsOfNodesThatRunAreNotAbandoned() throws IOException {
    LogClaims logs = new LogClaims(folder);
    try (LogClaims.Claim claim = logs.claim("node-coordinator")) {
      Files.writeString(claim.file(), "line");
      Files.writeString(folder.resolve("node-coordinator.jsonl.1"), "older");
      Files.writeString(folder.resolve("node-45123.jsonl"), "of before");
      Files.writeString(folder.resolve("notes"), "");
      assertThat(abandoned(logs)).containsExactly("node-45123.jsonl");
    }
    assertThat(abandoned(logs)).hasSize(3);
  }

  private static List<String> abandoned(LogClaims logs) throws IOException {
    return logs.abandoned().stream().map(log -> log.file().getFileName().toString()).toList();
  }
}
