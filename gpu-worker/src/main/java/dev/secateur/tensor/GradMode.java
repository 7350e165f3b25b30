package dev.secateur.tensor;

import ai.djl.pytorch.jni.JniUtils;

/**
 * Whether the calling thread records a graph for autograd. libtorch keeps this per thread and
 * starts new threads with recording on, so every computation sets it.
 */
public final class GradMode implements AutoCloseable {
  private final boolean before;

  private GradMode(boolean record) {
    before = JniUtils.isGradMode();
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setGradMode(record);
  }

  /** Operations are recorded until closed. */
  public static GradMode recording() {
    return new GradMode(true);
  }

  /** Whether the calling thread records operations. */
  public static boolean isRecording() {
    return JniUtils.isGradMode();
  }

  /** Operations are not recorded until closed. */
  public static GradMode off() {
    return new GradMode(false);
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
