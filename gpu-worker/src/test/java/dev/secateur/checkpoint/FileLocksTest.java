package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLocksTest {
  @TempDir private Path folder;

  @Test
  void whoeverOfThisProcessAsksInVainLeavesTheTurnToItsOwner() throws Exception {
    Path file = folder.resolve("lock");
    try (FileLocks turn = FileLocks.tryTake(file).orElseThrow()) {
      assertThat(FileLocks.tryTake(file)).isEmpty();
      assertThat(FileLocks.tryTake(folder.resolve("../" + folder.getFileName() + "/lock")))
          .as("the same file by another name")
          .isEmpty();
      assertThat(LockingProcess.takes(file)).as("the turn is still another's").isFalse();
      assertThat(turn).isNotNull();
    }
    assertThat(LockingProcess.takes(file)).isTrue();
    assertThat(file).as("somebody may have it open").isEmptyFile();
  }

  @Test
  void oneThatCanNotBeTakenIsNoLongerHeld() throws IOException {
    Path file = Files.createDirectory(folder.resolve("lock"));
    assertThatThrownBy(() -> FileLocks.tryTake(file)).isInstanceOf(IOException.class);
    Files.delete(file);
    FileLocks turn = FileLocks.tryTake(file).orElseThrow();
    turn.close();
    turn.close();
    try (FileLocks next = FileLocks.tryTake(file).orElseThrow()) {
      turn.close();
      assertThat(FileLocks.tryTake(file)).as("closed again it takes nobody's turn").isEmpty();
      assertThat(next).isNotNull();
    }
  }
}
