package dev.secateur.worker;

import ai.djl.engine.EngineException;
import dev.secateur.artifact.ArtifactMissingException;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Disk;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.Task;
import dev.secateur.source.DifferentFilesException;
import dev.secateur.tensor.DeviceLostException;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.tensor.KernelException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** Runs a task and returns its outcome; failures are outcomes too. */
@FunctionalInterface
public interface TaskRunner extends AutoCloseable {
  /**
   * @param progress told between steps; throws {@link CancellationException} to end the task
   * @throws DeviceLostException when nothing can be computed on the device any more
   * @throws NoRoomException when the task is to be given back, since a disk has no room for it
   */
  Outcome run(Task task, Consumer<Progress> progress);

  /** What it computes with; asked on any thread while no task runs. */
  default Capabilities capabilities() {
    return new Capabilities(
        "none", 0, Set.of(Precision.values()), Map.of(), Set.of(), CodeVersion.CURRENT);
  }

  /** The disk that tasks write to; blocks, and is asked on any thread. */
  default Disk disk() {
    return new Disk.Unknown();
  }

  /** Where the coordinator's store of artifacts is from now on; said on any thread. */
  default void storeAt(StoreAccess access) {}

  @Override
  default void close() {}

  /** What went wrong, as an outcome of one line. */
  static Outcome failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof ArtifactMissingException missing) {
      return new Outcome.InputLost(missing.key());
    } else if (cause instanceof InputException) {
      return new Outcome.Failed(FailureKind.INPUT, cause.getMessage());
    } else if (cause instanceof DeviceMemoryException) {
      return new Outcome.Failed(FailureKind.MEMORY, cause.getMessage());
    } else if (cause instanceof ArithmeticException) {
      return new Outcome.Failed(FailureKind.NUMERIC, cause.getMessage());
    } else if (cause instanceof DifferentFilesException || cause instanceof DeviceLostException) {
      return new Outcome.Failed(FailureKind.INTERNAL, cause.getMessage());
    } else if (cause instanceof CancellationException) {
      return new Outcome.Failed(FailureKind.INTERNAL, "cancelled");
    }
    if (cause instanceof KernelException || cause instanceof EngineException) {
      return new Outcome.Failed(
          FailureKind.INTERNAL, KernelException.reason((RuntimeException) cause));
    }
    return new Outcome.Failed(FailureKind.INTERNAL, FailureReason.of(cause));
  }
}
