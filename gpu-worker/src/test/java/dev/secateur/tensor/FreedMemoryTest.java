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
  private static final long SMALL_BYTES = 2L << 20;
  private static final long HALF = ARRAYS * BYTES / 2;

  @Test
  void keepsFreedArraysUntilItIsClosed() throws IOException {
    assumeThat(STATUS).exists();
    FreedMemory.kept(Device.cpu()).close(); // the thresholds are the launcher's from now on
    assertThat(returned()).as("returned").isGreaterThan(HALF);
    try (FreedMemory outer = FreedMemory.kept(Device.cpu())) {
      FreedMemory inner = FreedMemory.kept(Device.cpu());
      inner.close();
      inner.close();
      assertThat(returned()).as("kept while anybody holds it").isLessThan(HALF);
      long kept = anonymousBytes();
      outer.close();
      assertThat(kept - anonymousBytes()).as("trimmed").isGreaterThan(HALF);
    }
    assertThat(returned()).as("returned again").isGreaterThan(HALF);
  }

  @Test
  void trimsWhatLiesBetweenArraysThatStay() throws IOException {
    assumeThat(STATUS).exists();
    FreedMemory.kept(Device.cpu()).close();
    List<Memory> stay = new ArrayList<>();
    List<Memory> go = new ArrayList<>();
    for (int i = 0; i < 2 * ARRAYS; i++) {
      Memory array = new Memory(SMALL_BYTES);
      array.setMemory(0, SMALL_BYTES, (byte) 1);
      (i % 2 == 0 ? go : stay).add(array);
    }
    go.forEach(Memory::close);
    long fragmented = anonymousBytes();
    FreedMemory.trim();
    assertThat(fragmented - anonymousBytes()).isGreaterThan(ARRAYS * SMALL_BYTES / 2);
    stay.forEach(Memory::close);
  }

  @Test
  void leavesThingsAsTheyAreForAGpu() throws IOException {
    assumeThat(STATUS).exists();
    FreedMemory.kept(Device.cpu()).close();
    try (FreedMemory none = FreedMemory.kept(Device.gpu())) {
      assertThat(returned()).isGreaterThan(HALF);
    }
  }

  /**
   * Bytes that the process has returned once arrays that it had filled are freed; measured at once,
   * since what earlier tests left goes at any time.
   */
  private static long returned() throws IOException {
    List<Memory> arrays = new ArrayList<>();
    for (int i = 0; i < ARRAYS; i++) {
      Memory array = new Memory(BYTES);
      array.setMemory(0, BYTES, (byte) 1);
      arrays.add(array);
    }
    long filled = anonymousBytes();
    arrays.forEach(Memory::close);
    return filled - anonymousBytes();
  }

  private static long anonymousBytes() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }
}
