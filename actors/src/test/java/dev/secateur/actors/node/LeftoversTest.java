package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.secateur.actors.node.Leftovers.Gone;
import dev.secateur.actors.node.Leftovers.Left;
import dev.secateur.actors.node.Leftovers.Listing;
import dev.secateur.actors.node.Leftovers.Place;
import dev.secateur.actors.node.Leftovers.State;
import dev.secateur.actors.node.Leftovers.Unfinished;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker's node tells and removes of its own work folder. */
class LeftoversTest {
  private static final StageKey KEY = new StageKey("a".repeat(40));
  private static final StageKey OTHER = new StageKey("b".repeat(40));

  @TempDir private Path folder;
  private WorkFolder work;
  private LogClaims logs;
  private Leftovers leftovers;

  @BeforeEach
  void open() {
    work = new WorkFolder(folder);
    new ArtifactStore(work.artifacts());
    logs = new LogClaims(work.logs());
    leftovers = new Leftovers(work.artifacts(), logs);
  }

  private static Path old(Path path) throws IOException {
    Files.setLastModifiedTime(path, FileTime.from(longAgo()));
    return path;
  }

  private Path part(String name, int bytes) throws IOException {
    Path part = Files.createDirectories(work.artifacts().resolve(name + "/deep"));
    old(Files.write(part.resolve("weights"), new byte[bytes]));
    old(part);
    return old(part.getParent());
  }

  private Path state(StageKey key) throws IOException {
    return old(
        Files.write(
            work.artifacts().resolve(".state-" + key.value() + ".safetensors"), new byte[5]));
  }

  private Gone remove(Place place, Duration unused, String... names) {
    return leftovers.remove(place, Set.of(names), unused, Instant.now());
  }

  private static Instant longAgo() {
    return Instant.now().minus(Duration.ofHours(3));
  }

  @Test
  void tellsWhatIsThereWithItsSizeAndAgeAndWhetherAStageIsDone() throws IOException {
    part(".part-1", 700);
    state(KEY);
    state(OTHER);
    new ArtifactStore(work.artifacts())
        .create(KEY, StageKind.DISCOVERY, Map.of(), into -> Map.of());
    Files.writeString(work.artifacts().resolve("rubbish"), "not ours");
    Listing listing = leftovers.list(Place.STORE, Instant.now());
    assertThat(listing.left())
        .extracting(Left::name)
        .containsExactly(
            ".part-1",
            ".state-" + KEY.value() + ".safetensors",
            ".state-" + OTHER.value() + ".safetensors");
    assertThat(listing.left()).extracting(Left::bytes).containsExactly(700L, 5L, 5L);
    assertThat(listing.left())
        .extracting(Left::kind)
        .containsExactly(new Unfinished(), new State(KEY, true), new State(OTHER, false));
    assertThat(listing.left())
        .allSatisfy(
            left -> assertThat(left.unused()).isBetween(Duration.ofHours(3), Duration.ofHours(4)));
    assertThat(listing.all()).isEqualTo(710);
    assertThat(listing.folder()).isEqualTo(work.artifacts().toString());
    assertThat(leftovers.list(Place.STORE, Instant.now()).identity())
        .isEqualTo(listing.identity())
        .isNotEqualTo(leftovers.list(Place.LOGS, Instant.now()).identity());
  }

  @Test
  void whatIsWrittenMeanwhileStaysAndSoDoesWhatIsNotAskedFor() throws IOException {
    Path gone = part(".part-gone", 1);
    Path written = part(".part-written", 1);
    Path stays = part(".part-stays", 1);
    Files.write(written.resolve("deep/weights"), new byte[2]);
    assertThat(remove(Place.STORE, Duration.ofHours(4), ".part-gone").names()).isEmpty();
    assertThat(remove(Place.STORE, Duration.ZERO, ".part-gone", ".part-written"))
        .isEqualTo(new Gone(Set.of(".part-gone"), ""));
    assertThat(gone).doesNotExist();
    assertThat(written.resolve("deep/weights")).exists();
    assertThat(stays).isDirectory();
  }

  @Test
  void onlyLeftoversGoWhateverIsAskedFor() throws IOException {
    Path artifact = Files.createDirectory(work.artifacts().resolve(KEY.value()));
    Path outside = Files.writeString(folder.resolve("outside"), "x");
    Path rubbish = Files.writeString(work.artifacts().resolve("rubbish"), "x");
    for (Path each : Set.of(artifact, outside, rubbish)) {
      old(each);
    }
    Gone gone =
        remove(
            Place.STORE,
            Duration.ZERO,
            KEY.value(),
            "../outside",
            outside.toString(),
            "rubbish",
            ".part-gone-already");
    assertThat(gone).isEqualTo(new Gone(Set.of(), ""));
    assertThat(Set.of(artifact, outside, rubbish)).allMatch(Files::exists);
  }

  @Test
  void logsOfANodeThatRunsStay() throws IOException {
    try (LogClaims.Claim claim = logs.claim("node-gpu-worker-cpu")) {
      Path own = old(Files.writeString(claim.file(), "line"));
      Path rotated = old(Files.writeString(work.logs().resolve("node-gpu-worker-cpu.jsonl.1"), ""));
      Path earlier = old(Files.writeString(work.logs().resolve("node-45123.jsonl"), "older"));
      Files.createDirectories(work.logs().resolve("node-folder.jsonl/deep"));
      Files.writeString(work.logs().resolve("notes"), "not ours");
      Listing listing = leftovers.list(Place.LOGS, Instant.now());
      assertThat(listing.left()).extracting(Left::name).containsExactly("node-45123.jsonl");
      assertThat(listing.all()).isGreaterThan(listing.left().get(0).bytes());
      Gone gone =
          remove(
              Place.LOGS,
              Duration.ZERO,
              "node-45123.jsonl",
              "node-gpu-worker-cpu.jsonl",
              "node-gpu-worker-cpu.jsonl.1",
              "node-folder.jsonl",
              "notes");
      assertThat(gone.names()).containsExactly("node-45123.jsonl");
      assertThat(Set.of(own, rotated)).allMatch(Files::exists);
      assertThat(earlier).doesNotExist();
    }
  }

  @Test
  void whatBelongsToOthersIsToldAndTheRestGoes() throws IOException {
    Path others = part(".part-others", 10);
    Path own = part(".part-own", 20);
    Path deep = others.resolve("deep");
    Files.setPosixFilePermissions(deep, PosixFilePermissions.fromString("---------"));
    try {
      assumeFalse(Files.isReadable(deep), "this user may read everything: skipped");
      assertThat(leftovers.list(Place.STORE, Instant.now()).left())
          .extracting(Left::bytes)
          .containsExactly(0L, 20L);
      Gone gone = remove(Place.STORE, Duration.ZERO, ".part-others", ".part-own");
      assertThat(gone.names()).containsExactly(".part-own");
      assertThat(gone.problem()).isEqualTo(deep + ": permission denied");
      assertThat(own).doesNotExist();
    } finally {
      Files.setPosixFilePermissions(deep, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
