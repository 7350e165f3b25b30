package dev.secateur.stage;

import dev.secateur.checkpoint.DiskSpace;
import dev.secateur.protocol.DiskNeed;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec;
import dev.secateur.worker.NoRoomException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The disk space that a worker has for what its stages write. Blocks; used by several threads. */
public final class StageRoom {
  private static final Logger LOG = LoggerFactory.getLogger(StageRoom.class);

  private final List<Path> folders;
  private final long reserve;
  private final Disks disks;
  private final Map<String, Long> models = new ConcurrentHashMap<>();

  /** What was said of each folder whose disk does not tell what is free. */
  private final Map<Path, String> unknown = new ConcurrentHashMap<>();

  /** What is free on the disk of a folder, in bytes. */
  @FunctionalInterface
  interface Disks {
    long free(Path folder) throws IOException;
  }

  /**
   * @param folders that are written to; where there is none, no room is asked for
   * @param reserve bytes that are to stay free on the disk of each
   */
  public StageRoom(List<Path> folders, long reserve) {
    this(folders, reserve, DiskSpace::free);
  }

  StageRoom(List<Path> folders, long reserve, Disks disks) {
    this.folders = List.copyOf(folders);
    this.reserve = reserve;
    this.disks = disks;
  }

  /** Of a command that has a cluster to itself: what finds no room fails. */
  public static StageRoom unlimited() {
    return new StageRoom(List.of(), 0);
  }

  /** The room on the disk that has least. */
  public Optional<DiskRoom> now() {
    return folders.stream()
        .flatMap(folder -> of(folder).stream())
        .min((a, b) -> Long.compare(a.free(), b.free()));
  }

  private Optional<DiskRoom> of(Path folder) {
    try {
      long free = disks.free(folder);
      unknown.remove(folder);
      return Optional.of(new DiskRoom(folder.toString(), free, reserve, Map.copyOf(models)));
    } catch (IOException e) {
      String reason = FailureReason.of(e);
      if (!reason.equals(unknown.put(folder, reason))) {
        LOG.warn("{}: the free space on its disk is unknown: {}", folder, reason);
      }
      return Optional.empty();
    }
  }

  /**
   * @param checkpoint where the files of the stage's base model are
   * @throws NoRoomException when there is no room for what the stage may write
   */
  void check(Stage stage, Function<StageSpec, Path> checkpoint) {
    if (folders.isEmpty()) {
      return;
    }
    long need = DiskNeed.of(stage.spec(), model(stage.spec(), checkpoint));
    now()
        .filter(room -> !room.has(need))
        .ifPresent(
            room -> {
              throw new NoRoomException(
                  stage.kind().label()
                      + " may write "
                      + (need >> 20)
                      + " MiB, but "
                      + room.path()
                      + " has "
                      + (room.free() >> 20)
                      + " MiB free, of which "
                      + (room.reserve() >> 20)
                      + " MiB are kept in reserve");
            });
  }

  /** After a failure to write: that is no failure of the stage where the disk has become full. */
  Optional<NoRoomException> full() {
    return now()
        .filter(room -> !room.has(DiskNeed.LEAST))
        .map(
            room ->
                new NoRoomException(
                    room.path() + " has become full: " + (room.free() >> 20) + " MiB are free"));
  }

  private OptionalLong model(StageSpec spec, Function<StageSpec, Path> checkpoint) {
    if (!DiskNeed.dependsOnModel(spec)) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        models.computeIfAbsent(spec.model().sha256(), hash -> bytes(checkpoint.apply(spec))));
  }

  private static long bytes(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
