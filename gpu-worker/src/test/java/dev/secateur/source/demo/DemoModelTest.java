package dev.secateur.source.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoModelTest {
  private static final int WORKERS = 4;

  @TempDir Path folder;

  @Test
  void aThreadThatFindsItThereKeepsNoDirectMemory() {
    CompletableFuture.runAsync(() -> DemoModel.extract(folder)).join();
    long before = directMemory();
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    try {
      for (int i = 0; i < WORKERS; i++) {
        CompletableFuture.runAsync(() -> DemoModel.extract(folder), workers).join();
      }
      assertThat(directMemory() - before).isLessThan(4L << 20);
    } finally {
      workers.shutdown();
    }
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}
