package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import com.typesafe.config.ConfigFactory;
import dev.secateur.actors.node.LeftoverKeeper.Message;
import dev.secateur.actors.node.Leftovers.Gone;
import dev.secateur.actors.node.Leftovers.Left;
import dev.secateur.actors.node.Leftovers.Place;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a coordinator hears of what is left behind with workers, and has removed there. */
class LeftoverFoldersTest {
  private static final Duration SOON = Duration.ofSeconds(1);

  @TempDir private Path folder;
  private ActorTestKit kit;
  private PresentActors<Message> present;

  @BeforeEach
  void listen() {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(
                    "akka.actor.provider = local, akka.actor.serialization-bindings {"
                        + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }")
                .withFallback(ConfigFactory.load()));
    present = PresentActors.of(kit.system(), LeftoverKeeper.KEY, "leftover-keepers");
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private WorkFolder work(String name) throws IOException {
    WorkFolder work = new WorkFolder(folder.resolve(name));
    new ArtifactStore(work.artifacts());
    Files.createDirectories(work.logs());
    return work;
  }

  private static Path old(Path file, int bytes) throws IOException {
    Files.write(file, new byte[bytes]);
    Files.setLastModifiedTime(file, FileTime.fromMillis(0));
    return file;
  }

  private ActorRef<Message> spawn(String worker, WorkFolder work) {
    int before = present.now().size();
    ActorRef<Message> keeper =
        kit.spawn(
            LeftoverKeeper.create(
                worker, new Leftovers(work.artifacts(), new LogClaims(work.logs()))));
    await().until(() -> present.now().size() == before + 1);
    return keeper;
  }

  /** A node that is there, but does not answer. */
  private void spawnSilent() {
    ActorRef<Message> silent = kit.spawn(Behaviors.ignore());
    kit.system().receptionist().tell(Receptionist.register(LeftoverKeeper.KEY, silent));
    await().until(() -> present.now().contains(silent));
  }

  private WorkerLeftovers.Listing list() {
    return new LeftoverFolders(present, SOON).list();
  }

  private static List<String> names(WorkerLeftovers.Folder folder) {
    return folder.content().left().stream().map(Left::name).toList();
  }

  @Test
  void workersOfOneFolderTellItOnce() throws IOException {
    WorkFolder one = work("one");
    WorkFolder two = work("two");
    old(one.artifacts().resolve(".part-1"), 3);
    old(one.logs().resolve("node-1.jsonl"), 4);
    old(two.artifacts().resolve(".part-2"), 5);
    spawn("one/cuda:0", one);
    spawn("one/cuda:1", one);
    spawn("two/cpu", two);
    WorkerLeftovers.Listing listing = list();
    assertThat(listing.problems()).isEmpty();
    assertThat(listing.folders()).hasSize(4);
    assertThat(listing.folders().stream().flatMap(each -> names(each).stream()))
        .containsExactlyInAnyOrder(".part-1", "node-1.jsonl", ".part-2");
    assertThat(listing.folders().stream().map(each -> each.content().folder()))
        .containsExactlyInAnyOrder(
            one.artifacts().toString(),
            one.logs().toString(),
            two.artifacts().toString(),
            two.logs().toString());
  }

  @Test
  void manyAreToldAndRemovedSomeAtATimeAlsoByTwoAtOnce() throws IOException {
    WorkFolder one = work("one");
    for (int i = 0; i < 700; i++) {
      old(one.artifacts().resolve(".part-%03d".formatted(i)), 1);
    }
    spawn("one/cpu", one);
    WorkerLeftovers.Folder store =
        list().folders().stream()
            .filter(each -> each.place() == Place.STORE)
            .findFirst()
            .orElseThrow();
    assertThat(names(store)).hasSize(700).doesNotHaveDuplicates();
    Set<String> all = Set.copyOf(names(store));
    CompletableFuture<Gone> first = store.removal().of(all, Duration.ZERO);
    CompletableFuture<Gone> second = store.removal().of(all, Duration.ZERO);
    assertThat(List.of(first.join().problem(), second.join().problem())).containsOnly("");
    Set<String> gone =
        List.of(first, second).stream()
            .flatMap(each -> each.join().names().stream())
            .collect(Collectors.toSet());
    assertThat(gone).isEqualTo(all);
    assertThat(list().folders()).allSatisfy(each -> assertThat(names(each)).isEmpty());
  }

  @Test
  void whoDoesNotAnswerIsNamedAndOthersAreCleaned() throws IOException {
    WorkFolder one = work("one");
    Path left = old(one.artifacts().resolve(".part-1"), 3);
    spawn("one/cpu", one);
    spawnSilent();
    WorkFolder broken = work("broken");
    Files.delete(broken.logs());
    Files.createFile(broken.logs());
    spawn("broken/cpu", broken);
    WorkerLeftovers.Listing listing = list();
    assertThat(listing.problems())
        .hasSize(2)
        .anyMatch(problem -> problem.contains("does not report its leftover files"))
        .anyMatch(problem -> problem.startsWith("worker broken/cpu: " + broken.logs()));
    for (WorkerLeftovers.Folder each : listing.folders()) {
      each.removal().of(Set.copyOf(names(each)), Duration.ZERO).join();
    }
    assertThat(left).doesNotExist();
  }

  @Test
  void aWorkerThatLeavesMeanwhileIsTold() throws IOException {
    WorkFolder one = work("one");
    Path left = old(one.artifacts().resolve(".part-1"), 3);
    ActorRef<Message> keeper = spawn("one/cpu", one);
    List<WorkerLeftovers.Folder> folders = new ArrayList<>(list().folders());
    folders.removeIf(each -> each.place() == Place.LOGS);
    kit.stop(keeper);
    Gone gone = folders.get(0).removal().of(Set.of(".part-1"), Duration.ZERO).join();
    assertThat(gone.names()).isEmpty();
    assertThat(gone.problem())
        .startsWith("worker one/cpu: has not reported in time what it removed");
    assertThat(left).exists();
  }

  @Test
  void crossesProcesses() {
    Left left = new Left(".part-x", new Leftovers.Unfinished(), 5, Duration.ofMillis(1234));
    Left state =
        new Left(".state-x", new Leftovers.State(new StageKey("x"), true), 6, Duration.ZERO);
    for (Object message :
        List.of(
            new LeftoverKeeper.Tell(
                Place.LOGS, "x", kit.<LeftoverKeeper.Page>createTestProbe().ref()),
            new LeftoverKeeper.Page(
                "host/cpu",
                new LeftoverKeeper.Listed(
                    new Leftovers.Listing("id", "/w", List.of(left, state), 5), true)),
            new LeftoverKeeper.Page("host/cpu", new LeftoverKeeper.Unreadable("problem")),
            new LeftoverKeeper.Remove(
                Place.STORE,
                Set.of("x"),
                Duration.ofDays(30),
                kit.<LeftoverKeeper.Removed>createTestProbe().ref()),
            new LeftoverKeeper.Removed(new Gone(Set.of("x"), "disk")))) {
      kit.serializationTestKit().verifySerialization(message, true);
    }
  }
}
