package dev.secateur.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreedMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int ARRAYS = 24;
  private static final long BYTES = 8L << 20;

  @Test
  void keepsFreedArraysUntilItIsClosed() throws IOException {
    assumeThat(STATUS).exists();
    FreedMemory.kept(Device.cpu()).close(); // the thresholds are the launcher's from now on
    long before = anonymousBytes();
    assertThat(afterUse() - before).as("returned").isLessThan(ARRAYS * BYTES / 2);
    try (FreedMemory outer = FreedMemory.kept(Device.cpu())) {
      FreedMemory inner = FreedMemory.kept(Device.cpu());
      inner.close();
      inner.close();
      assertThat(afterUse() - before)
          .as("kept while anybody holds it")
          .isGreaterThan(ARRAYS * BYTES / 2);
    }
    assertThat(anonymousBytes() - before).as("trimmed").isLessThan(ARRAYS * BYTES / 2);
    assertThat(afterUse() - before).as("returned again").isLessThan(ARRAYS * BYTES / 2);
  }

  @Test
  void leavesThingsAsTheyAreForAGpu() throws IOException {
    assumeThat(STATUS).exists();
    FreedMemory.kept(Device.cpu()).close();
    long before = anonymousBytes();
    try (FreedMemory none = FreedMemory.kept(Device.gpu())) {
      assertThat(afterUse() - before).isLessThan(ARRAYS * BYTES / 2);
    }
  }

  /** Anonymous memory of the process after arrays were filled and freed. */
  private static long afterUse() throws IOException {
    List<Memory> arrays = new ArrayList<>();
    for (int i = 0; i < ARRAYS; i++) {
      Memory array = new Memory(BYTES);
      array.setMemory(0, BYTES, (byte) 1);
      arrays.add(array);
    }
    arrays.forEach(Memory::close);
    return anonymousBytes();
  }

  private static long anonymousBytes() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }
}
