package dev.secateur.stage;

import ai.djl.Device;
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.artifact.StoreFullException;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.DeviceName;
import dev.secateur.protocol.Disk;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.SourceCheck;
import dev.secateur.tensor.DeviceLostException;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.Machine;
import dev.secateur.tensor.Versions;
import dev.secateur.worker.NoRoomException;
import dev.secateur.worker.TaskLog;
import dev.secateur.worker.TaskRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Computes stages on one device: reads the artifacts of their inputs, writes their own. Used by one
 * thread at a time.
 */
public final class StageRunner implements TaskRunner {
  private final StageArtifacts artifacts;
  private final ResidentModel resident;
  private final Map<String, String> versions = Versions.all();
  private final Map<String, String> machine;
  private final Path models;
  private final SourceCheck check = new SourceCheck();
  private final StageRoom room;

  /** One that needs no room on disks. */
  public StageRunner(StageArtifacts artifacts, Path models, Device device, Allowance allowance) {
    this(artifacts, models, device, allowance, StageRoom.unlimited());
  }

  /**
   * @param models the folder that the models are put into which Secateur brings along
   * @param allowance what all models may use of memory
   * @param room for what stages write
   */
  public StageRunner(
      StageArtifacts artifacts, Path models, Device device, Allowance allowance, StageRoom room) {
    this.room = room;
    this.artifacts = artifacts;
    this.resident = new ResidentModel(device, allowance);
    this.machine = Machine.of(device);
    this.models = models;
  }

  @Override
  public void storeAt(StoreAccess access) {
    artifacts.storeAt(access);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
            Devices.name(resident.device()),
            resident.memory(),
            Set.of(Precision.values()),
            versions,
            resident.models(),
            CodeVersion.CURRENT)
        .named(new DeviceName(machine.getOrDefault("device_name", "")));
  }

  @Override
  public Disk disk() {
    return room.now().map(Disk.class::cast).orElseGet(Disk.Unknown::new);
  }

  @Override
  public Outcome run(Task task, Consumer<Progress> progress) {
    artifacts.taskBegins();
    TaskLog log = TaskLog.begin(task);
    Consumer<String> told = note -> progress.accept(new Progress(0, 0, note));
    try {
      Outcome.Succeeded outcome = run(task.stage(), task.lease().worker(), progress);
      log.done(outcome);
      return outcome;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      Optional<NoRoomException> noRoom = noRoom(e);
      if (noRoom.isPresent()) {
        log.givenBack(noRoom.get().getMessage());
        throw noRoom.get();
      }
      log.failed(e);
      DeviceLostException.of(e, resident.device())
          .ifPresent(
              lost -> {
                throw lost;
              });
      return TaskRunner.failed(e);
    } finally {
      artifacts.taskEnds(told);
    }
  }

  /** What is no failure of the stage, since a disk, or the store, has no room for it now. */
  private Optional<NoRoomException> noRoom(Throwable failure) {
    if (failure instanceof NoRoomException known) {
      return Optional.of(known);
    } else if (failure instanceof StoreFullException
        || failure.getCause() instanceof StoreFullException) {
      return Optional.of(new NoRoomException(FailureReason.of(failure)));
    }
    boolean ofFiles = failure instanceof IOException || failure instanceof UncheckedIOException;
    return ofFiles ? room.full() : Optional.empty();
  }

  /** Computes a stage, or finds that it was computed before. */
  private Outcome.Succeeded run(Stage stage, WorkerId worker, Consumer<Progress> progress)
      throws IOException {
    Consumer<String> told = note -> progress.accept(new Progress(0, 0, note));
    Optional<Artifact> here = artifacts.here(stage.key());
    Optional<Artifact> there = here.isPresent() ? here : artifacts.done(stage.key(), told);
    if (there.isEmpty()) {
      room.check(stage, spec -> files(progress).model(spec.model().path()));
    }
    Artifact artifact = there.isPresent() ? there.get() : make(stage, worker, progress);
    if (there.isEmpty() || here.isPresent()) {
      artifacts.deliver(artifact, here.isPresent(), told);
    }
    return new Outcome.Succeeded(
        artifact.ref(),
        artifact.metrics(),
        artifact.seconds(),
        there.isPresent(),
        artifact.machine());
  }

  private LocalFiles files(Consumer<Progress> progress) {
    return new LocalFiles(new DownloadProgress(progress), models);
  }

  private Artifact make(Stage stage, WorkerId worker, Consumer<Progress> progress)
      throws IOException {
    Map<String, String> by = new TreeMap<>(machine);
    by.put("worker", worker.name());
    StageContext context =
        new StageContext(stage.key(), artifacts, resident, files(progress), check, progress);
    StageComputation<?> computation = StageComputations.of(stage.spec());
    return artifacts
        .own()
        .create(
            stage.key(),
            stage.kind(),
            by,
            folder -> {
              Map<String, Double> metrics =
                  MemoryRetries.compute(computation, stage.spec(), context, folder);
              StageProvenance.write(stage, context, folder);
              return metrics;
            });
  }

  @Override
  public void close() {
    resident.close();
  }
}
