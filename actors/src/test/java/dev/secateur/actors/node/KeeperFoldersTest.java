package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import dev.secateur.artifact.KeptArtifacts;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.NeededStages;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a coordinator's cleaning removes from the folders of workers' nodes. */
class KeeperFoldersTest extends KeeperFixture {
  private static final EventJournal NO_SWEEPS =
      (EventJournal)
          Proxy.newProxyInstance(
              EventJournal.class.getClassLoader(),
              new Class<?>[] {EventJournal.class},
              (journal, method, arguments) -> List.of());

  private PresentActors<Keeper.Message> present;
  private WorkFolder work;
  private Database database;

  @BeforeEach
  void listen() {
    present = PresentActors.of(kit.system(), Keeper.KEY, "cleaned-keepers");
    work = new WorkFolder(folder.resolve("work"));
    database = new Database("jdbc:h2:" + folder.resolve("rows/journal"), "secateur", "");
    JournalDatabase.prepare(database, work);
  }

  private Path old(String store, StageKey key) throws IOException {
    Path artifact = make(store, key).file("artifact.json").getParent();
    Files.setLastModifiedTime(
        artifact.resolve("artifact.json"), FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    return artifact;
  }

  private void spawnKeepers(String... stores) {
    int before = present.now().size();
    for (int i = 0; i < stores.length; i++) {
      kit.spawn(
          Keeper.create("host/" + i, store(stores[i]), NodeHttp.client(settings())), "keeper-" + i);
    }
    await().until(() -> present.now().size() == before + stores.length);
  }

  private void spawnSilent(boolean knowsWhich) {
    int before = present.now().size();
    ActorRef<Keeper.Message> silent =
        kit.spawn(
            Behaviors.receive(Keeper.Message.class)
                .onMessage(
                    Keeper.Which.class,
                    which -> {
                      if (knowsWhich) {
                        which.replyTo().tell(new Keeper.Holding("host/older", Set.of()));
                      }
                      return Behaviors.same();
                    })
                .onAnyMessage(message -> Behaviors.same())
                .build());
    kit.system().receptionist().tell(Receptionist.register(Keeper.KEY, silent));
    await().until(() -> present.now().size() == before + 1);
  }

  private Collected clean(Duration age, boolean dryRun, StageKey... inWork) {
    return new CleaningRun(
            new Cleaning(
                Map.of(Disposable.ARTIFACTS, age),
                dryRun,
                new Cleaning.Everything(),
                0,
                Set.of(),
                Set.of(),
                Set.of(inWork)),
            new NeededStages(NO_SWEEPS),
            new CleaningRun.Places(
                List.of(work.artifacts()),
                new KeeperFolders(present, Duration.ofSeconds(1)),
                WorkerLeftovers.NONE,
                new LogClaims(work.logs()),
                new StoredRows(database),
                new RunFolders()),
            Instant.now())
        .all();
  }

  private static Optional<Removed> ofWorkers(Collected collected) {
    return collected.removed().stream()
        .filter(one -> one.sort().equals("worker-artifacts"))
        .findFirst();
  }

  @Test
  void removesWhatNobodyNeedsFromEachFolderOnce() throws IOException {
    Path ofOne = old("one", KEY);
    Path inWork = old("one", OTHER);
    Path ofTwo = old("two", KEY);
    spawnKeepers("one", "one", "two");
    Collected dry = clean(Duration.ZERO, true, OTHER);
    assertThat(List.of(ofOne, inWork, ofTwo)).allMatch(Files::exists);
    Collected collected = clean(Duration.ZERO, false, OTHER);
    assertThat(collected).isEqualTo(dry);
    assertThat(collected.problem()).isEmpty();
    assertThat(collected.notice()).isEmpty();
    Removed removed = ofWorkers(collected).orElseThrow();
    assertThat(removed.count()).as("two workers of one folder count once").isEqualTo(2);
    assertThat(removed.bytes()).isGreaterThan(2L * WEIGHTS.length);
    assertThat(removed.before() - removed.bytes())
        .isGreaterThan(WEIGHTS.length)
        .isLessThan(2L * WEIGHTS.length);
    assertThat(List.of(ofOne, ofTwo)).noneMatch(Files::exists);
    assertThat(inWork).isDirectory();
  }

  @Test
  void whatWasUsedSinceTheAgeStaysAndWhatIsInUseIsTold() throws IOException {
    Path old = old("one", KEY);
    Path used = make("one", OTHER).file("artifact.json");
    spawnKeepers("one");
    assertThat(ofWorkers(clean(Duration.ofHours(3), false)).orElseThrow().count()).isZero();
    assertThat(old).isDirectory();
    Collected collected = clean(Duration.ZERO, false);
    assertThat(ofWorkers(collected).orElseThrow().count()).isEqualTo(1);
    assertThat(collected.notice()).contains("1 artifact").contains("ten minutes");
    assertThat(old).doesNotExist();
    assertThat(used).exists();
  }

  @Test
  void workersThatDoNotAnswerAreNamedAndTheOthersCleaned() throws IOException {
    Path old = old("one", KEY);
    spawnKeepers("one");
    spawnSilent(true);
    spawnSilent(false);
    Collected collected = clean(Duration.ZERO, false);
    assertThat(old).doesNotExist();
    assertThat(ofWorkers(collected).orElseThrow().count()).isEqualTo(1);
    assertThat(collected.problem())
        .contains("worker host/older does not report what it keeps: nothing was removed there")
        .contains("the node " + kit.system().address().hostPort() + " does not answer");
  }

  @Test
  void aWorkerOfTheCoordinatorsOwnFolderTellsWhatIsCountedAlready() throws IOException {
    String own = folder.relativize(work.artifacts()).toString();
    Path old = old(own, KEY);
    spawnKeepers(own);
    Collected collected = clean(Duration.ZERO, false);
    assertThat(ofWorkers(collected)).isEmpty();
    assertThat(collected.removed())
        .anyMatch(one -> one.sort().equals("artifacts") && one.count() == 1);
    assertThat(old).doesNotExist();
  }

  @Test
  void aWorkerThatKeepsManyTellsAndRemovesAll() throws IOException {
    for (int i = 0; i < 900; i++) {
      Path artifact = Files.createDirectories(folder.resolve("many/%040x".formatted(i)));
      Path manifest = Files.writeString(artifact.resolve("artifact.json"), "{}");
      Files.setLastModifiedTime(manifest, FileTime.fromMillis(0));
    }
    spawnKeepers("many");
    Removed removed = ofWorkers(clean(Duration.ZERO, false)).orElseThrow();
    assertThat(removed).isEqualTo(new Removed("worker-artifacts", 900, 1800, 1800));
    assertThat(new KeptArtifacts(store("many")).all(Instant.now())).isEmpty();
  }

  @Test
  void crossesProcesses() {
    KeptArtifacts.Kept kept = new KeptArtifacts.Kept(KEY, 5, Duration.ofMillis(1234), true);
    KeptArtifacts.Gone gone = new KeptArtifacts.Gone(Set.of(KEY), "disk");
    for (Object message :
        List.of(
            new Keeper.Tell(KEY.value(), kit.<Keeper.Page>createTestProbe().ref()),
            new Keeper.Page("host/cpu", new Keeper.Listed("f", List.of(kept), true)),
            new Keeper.Page("host/cpu", new Keeper.Unreadable("problem")),
            new Keeper.Remove(
                Set.of(KEY), Duration.ofDays(30), kit.<Keeper.Removed>createTestProbe().ref()),
            new Keeper.Removed(gone),
            new Collected(
                List.of(new Removed("worker-artifacts", 1, 2, 3)),
                "problem",
                "notice",
                List.of(new Leftover("worker-logs", "host/cpu", "/w/x", 4))))) {
      kit.serializationTestKit().verifySerialization(message, true);
    }
  }
}
