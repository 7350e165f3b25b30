package dev.secateur.actors.node;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.secateur.artifact.FolderIdentity;
import dev.secateur.artifact.StoreContents;
import dev.secateur.artifact.StoreContents.Entry;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The leftovers in the work folder of a worker's node: half-written artifacts, states of trainings,
 * and logs of nodes that do not run. Blocks.
 */
final class Leftovers {
  /** What is being written is touched each minute; older nodes touch nothing for a while. */
  static final Duration LEFT_BEHIND = Duration.ofHours(1);

  private final Path store;
  private final LogClaims logs;

  /** Where things are left behind. */
  enum Place {
    STORE,
    LOGS
  }

  /**
   * Something that may be left behind.
   *
   * @param name in its folder
   * @param unused since when, by the node's clock
   */
  record Left(String name, @JsonUnwrapped Kind kind, long bytes, Duration unused) {}

  /** What it is; written beside its name. */
  sealed interface Kind {
    @JsonCreator
    private static Kind read(
        @JsonProperty("state") StageKey state, @JsonProperty("done") boolean done) {
      return state == null ? new Unfinished() : new State(state, done);
    }

    /**
     * @param done the stages whose artifacts lie beside it
     */
    static Kind of(Entry.Left left, Set<StageKey> done) {
      return left instanceof Entry.State state
          ? new State(state.key(), done.contains(state.key()))
          : new Unfinished();
    }
  }

  /**
   * The state of a training.
   *
   * @param stage that trains
   * @param done whether that stage's artifact is there
   */
  record State(@JsonProperty("state") StageKey stage, boolean done) implements Kind {}

  /** What was being written when its node ended: an artifact, or a log. */
  record Unfinished() implements Kind {}

  /**
   * @param identity of the folder, the same for all nodes that have it
   * @param folder its path
   * @param left by their names
   * @param all bytes of everything of that sort
   */
  record Listing(String identity, String folder, List<Left> left, long all) {}

  /**
   * @param names of what went
   * @param problem why some did not that nobody works with; empty if all did
   */
  record Gone(Set<String> names, @JsonInclude(JsonInclude.Include.NON_EMPTY) String problem) {
    Gone {
      problem = problem == null ? "" : problem;
    }
  }

  /**
   * @param store a folder of artifacts
   */
  Leftovers(Path store, LogClaims logs) {
    this.store = store;
    this.logs = logs;
  }

  /** Gives its folders their names, while the disk has room for that. */
  void nameFolders() throws IOException {
    Files.createDirectories(logs.folder());
    FolderIdentity.of(logs.folder());
    FolderIdentity.of(store);
  }

  private static Duration unused(Instant used, Instant now) {
    Duration unused = Duration.between(used, now);
    return unused.isNegative() ? Duration.ZERO : unused;
  }

  Listing list(Place place, Instant now) throws IOException {
    List<Left> left = new ArrayList<>();
    if (place == Place.LOGS) {
      Files.createDirectories(logs.folder());
      for (LogClaims.Log log : logs.abandoned()) {
        String name = log.file().getFileName().toString();
        left.add(new Left(name, new Unfinished(), log.bytes(), unused(log.written(), now)));
      }
      return listing(logs.folder(), left, logs.bytes());
    }
    List<Entry> entries = new StoreContents(store).entries();
    Set<StageKey> done = new HashSet<>();
    StoreContents.artifacts(entries).forEach(artifact -> done.add(artifact.key()));
    for (Entry.Left entry : StoreContents.left(entries)) {
      left.add(
          new Left(
              entry.path().getFileName().toString(),
              Kind.of(entry, done),
              entry.bytes(),
              unused(entry.used(), now)));
    }
    return listing(store, left, left.stream().mapToLong(Left::bytes).sum());
  }

  private static Listing listing(Path folder, List<Left> left, long all) throws IOException {
    left.sort(Comparator.comparing(Left::name));
    return new Listing(FolderIdentity.of(folder), folder.toString(), List.copyOf(left), all);
  }

  /**
   * Removes what is there under these names, but for what was used since, or by a node that runs.
   *
   * @param unused how long at least; {@link #LEFT_BEHIND} in any case
   */
  Gone remove(Place place, Set<String> names, Duration unused, Instant now) {
    Duration least = unused.compareTo(LEFT_BEHIND) > 0 ? unused : LEFT_BEHIND;
    Set<String> gone = new HashSet<>();
    List<String> problems = new ArrayList<>();
    try {
      for (Removable one : removable(place)) {
        if (names.contains(one.name())) {
          try {
            if (one.removal().unlessUsedSince(now.minus(least))) {
              gone.add(one.name());
            }
          } catch (IOException | UncheckedIOException e) {
            problems.add(FailureReason.of(e));
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      problems.add(FailureReason.of(e));
    }
    return new Gone(gone, String.join("; ", problems));
  }

  /** Tells whether something went. */
  @FunctionalInterface
  private interface Removal {
    boolean unlessUsedSince(Instant since) throws IOException;
  }

  private record Removable(String name, Removal removal) {}

  private List<Removable> removable(Place place) throws IOException {
    if (place == Place.LOGS) {
      return logs.abandoned().stream()
          .map(
              log ->
                  new Removable(
                      log.file().getFileName().toString(),
                      since -> !log.written().isAfter(since) && Files.deleteIfExists(log.file())))
          .toList();
    }
    StoreContents contents = new StoreContents(store);
    return StoreContents.left(contents.entries()).stream()
        .map(
            entry ->
                new Removable(
                    entry.path().getFileName().toString(),
                    since -> contents.removeLeft(entry, since)))
        .toList();
  }
}
