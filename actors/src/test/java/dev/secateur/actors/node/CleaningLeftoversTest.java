package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.actors.node.Leftovers.Left;
import dev.secateur.actors.node.Leftovers.State;
import dev.secateur.actors.node.Leftovers.Unfinished;
import dev.secateur.artifact.FolderIdentity;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What goes of what is left behind, with a coordinator and with workers. */
class CleaningLeftoversTest extends CleaningFixture {
  private Path aged(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    return file;
  }

  private static Cleaning leftovers(Duration age) {
    return new Cleaning(
        Map.of(Disposable.LEFTOVERS, age),
        false,
        new Cleaning.Everything(),
        2,
        Set.of(KEPT),
        Set.of(new SweepId("unfinished")),
        Set.of(IN_WORK));
  }

  private static String state(StageKey key) {
    return ".state-" + key.value() + ".safetensors";
  }

  @Test
  void leftoversGoOnceNobodyWritesThem() throws IOException {
    Path store = work.artifacts();
    Path old = aged(Files.createDirectory(store.resolve(".part-old")), Duration.ofHours(2));
    Path older = aged(Files.createFile(store.resolve(".part-older")), Duration.ofDays(2));
    Path fresh = Files.createDirectory(store.resolve(".part-fresh"));
    Path probe = aged(Files.createFile(store.resolve(".probe1")), Duration.ofHours(2));
    Path done = aged(Files.createFile(store.resolve(state(OF_KEPT))), Duration.ofHours(2));
    Path open = aged(Files.createFile(store.resolve(state(key('f')))), Duration.ofHours(2));
    Path inWork = aged(Files.createFile(store.resolve(state(IN_WORK))), Duration.ofHours(2));
    events.add(submitted(new SweepId("unfinished"), key('f')));
    Collected aDay = clean(leftovers(Duration.ofDays(1)));
    assertThat(aDay.left())
        .containsExactly(new Leftover("leftovers", "coordinator", older.toString(), 0));
    assertThat(older).doesNotExist();
    assertThat(count(clean(leftovers(Duration.ZERO)), "leftovers")).isEqualTo(3);
    assertThat(Stream.of(old, probe, done)).noneMatch(Files::exists);
    assertThat(Stream.of(fresh, open, inWork)).allMatch(Files::exists);
    assertThat(left(store)).as("artifacts are not asked for").hasSize(5);
  }

  /** What a worker tells of its folders, and what it is told to remove. */
  private static final class Worker {
    private final Set<String> removed = new HashSet<>();

    private WorkerLeftovers.Folder folder(Leftovers.Place place, String identity, Left... left) {
      return new WorkerLeftovers.Folder(
          place,
          "h/cuda:0",
          new Leftovers.Listing(identity, "/w", List.of(left), 1000),
          (names, unused) -> {
            removed.addAll(names);
            return CompletableFuture.completedFuture(new Leftovers.Gone(names, ""));
          });
    }
  }

  @Test
  void ofWhatIsLeftBehindWithWorkersTheSameGoes() throws IOException {
    Duration twoHours = Duration.ofHours(2);
    Worker worker = new Worker();
    WorkerLeftovers.Folder store =
        worker.folder(
            Leftovers.Place.STORE,
            "store",
            new Left(".part-old", new Unfinished(), 300, twoHours),
            new Left(".part-older", new Unfinished(), 200, Duration.ofDays(2)),
            new Left(".part-fresh", new Unfinished(), 100, Duration.ofMinutes(59)),
            new Left(state(OF_KEPT), new State(OF_KEPT, true), 10, twoHours),
            new Left(state(key('f')), new State(key('f'), false), 10, twoHours),
            new Left(state(IN_WORK), new State(IN_WORK, true), 10, twoHours));
    WorkerLeftovers.Folder logs =
        worker.folder(
            Leftovers.Place.LOGS,
            "logs",
            new Left("node-old.jsonl", new Unfinished(), 7, twoHours));
    Files.createDirectories(work.logs());
    WorkerLeftovers.Folder own =
        worker.folder(
            Leftovers.Place.STORE,
            FolderIdentity.of(work.artifacts()),
            new Left(".part-own", new Unfinished(), 9, twoHours));
    leftovers = () -> new WorkerLeftovers.Listing(List.of(store, logs, own), List.of("v: silent"));
    events.add(submitted(new SweepId("unfinished"), key('f')));

    assertThat(clean(leftovers(Duration.ofDays(1))).problem()).isEqualTo("v: silent");
    assertThat(worker.removed).as("by its age").containsExactly(".part-older");
    Collected collected = clean(leftovers(Duration.ZERO));
    assertThat(worker.removed)
        .as("but logs, which were not asked for")
        .containsExactlyInAnyOrder(".part-older", ".part-old", state(OF_KEPT));
    assertThat(collected.removed())
        .contains(new Removed("worker-leftovers", 3, 510, 1000))
        .contains(new Removed("worker-logs", 0, 0, 1000));
    assertThat(collected.left())
        .extracting(Leftover::path)
        .containsExactly("/w/.part-old", "/w/.part-older", "/w/" + state(OF_KEPT));
    worker.removed.clear();
    Collected dry = clean(all(Duration.ZERO, true));
    assertThat(dry.left())
        .contains(new Leftover("worker-logs", "h/cuda:0", "/w/node-old.jsonl", 7));
    clean(cleaning(Optional.of(Duration.ZERO), false, Optional.of(GONE)));
    assertThat(worker.removed).as("a dry run, a deleted sweep").isEmpty();
  }

  @Test
  void aStoreThatIsNotOneIsToldAndTheRestGoes() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path link = Files.createSymbolicLink(work.artifacts().resolve(".part-link"), folder);
    Path dangling =
        Files.createSymbolicLink(work.artifacts().resolve(".part-dangling"), Path.of("nowhere"));
    Files.writeString(work.artifacts().resolve("rubbish"), "x");
    Files.createFile(work.artifacts().resolve("f".repeat(40)));
    for (Path each : List.of(link, dangling)) {
      Files.getFileAttributeView(each, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(FileTime.fromMillis(0), null, null);
    }
    Collected collected = clean(all(Duration.ZERO, false), file, work.artifacts());
    assertThat(collected.problem()).isEmpty();
    assertThat(left(work.artifacts())).containsExactly(SHARED, OF_KEPT, IN_WORK);
    assertThat(Stream.of(link, dangling))
        .noneMatch(each -> Files.exists(each, LinkOption.NOFOLLOW_LINKS));
    assertThat(file).as("what a link leads to stays").exists();
    assertThat(work.artifacts().resolve("rubbish")).exists();
  }
}
