package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.KeptArtifacts;
import dev.secateur.artifact.StoreClient;
import dev.secateur.artifact.Touching;
import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.CborSerializable;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Serves the artifacts in the work folder of a worker's node to coordinators that ask. The node
 * opens no port for that: it sends a request to the coordinator's API whose body is the requested
 * file. Files are read off the actor's thread.
 */
final class Keeper {
  static final ServiceKey<Message> KEY = ServiceKey.create(Message.class, "artifact-keeper");

  /** A manifest that is larger is not told of; a thousand files have one of half that. */
  private static final int LARGEST_MANIFEST = 200_000;

  /** Artifacts of one message, which has some hundred bytes to each. */
  private static final int PAGE = 400;

  private final ActorContext<Message> context;
  private final String worker;
  private final ArtifactStore store;
  private final KeptArtifacts kept;
  private final HttpClient http;
  private final Executor blocking;

  /** What coordinators' nodes ask. */
  sealed interface Message extends CborSerializable {}

  /** Whether an artifact is here. */
  record Has(StageKey key, ActorRef<Kept> replyTo) implements Message {}

  /**
   * @param manifest empty if the artifact is not here
   */
  record Kept(String worker, @JsonInclude(JsonInclude.Include.NON_EMPTY) byte[] manifest)
      implements CborSerializable {
    Kept {
      manifest = manifest == null ? new byte[0] : manifest;
    }
  }

  /** Whether all files of an artifact that is here are whole, which takes as long as to read it. */
  record Check(StageKey key, ActorRef<Checked> replyTo) implements Message {}

  record Checked(boolean whole) implements CborSerializable {}

  /** Which of these artifacts are here. */
  record Which(Set<StageKey> keys, ActorRef<Holding> replyTo) implements Message {}

  /**
   * @param keys those that are here
   */
  record Holding(String worker, Set<StageKey> keys) implements CborSerializable {}

  /**
   * An artifact is wanted.
   *
   * @param to the API of the node that asks
   * @param ticket under which it is waited for there
   */
  record Send(StageKey key, @JsonUnwrapped ArtifactContent content, StoreAccess to, String ticket)
      implements Message {}

  /**
   * What is kept here, some at a time, by their keys. Nodes of older versions do not answer.
   *
   * @param after the key of the last one that was told; empty for the first
   */
  record Tell(@JsonInclude(JsonInclude.Include.NON_EMPTY) String after, ActorRef<Page> replyTo)
      implements Message {
    Tell {
      after = after == null ? "" : after;
    }
  }

  /** Some of what is kept here, or why it is not known. */
  record Page(String worker, @JsonUnwrapped Content content) implements CborSerializable {}

  /** What a page tells; written beside its worker. */
  sealed interface Content {
    @JsonCreator
    private static Content read(
        @JsonProperty("folder") String folder,
        @JsonProperty("artifacts") List<KeptArtifacts.Kept> artifacts,
        @JsonProperty("more") boolean more,
        @JsonProperty("problem") String problem) {
      return problem == null ? new Listed(folder, artifacts, more) : new Unreadable(problem);
    }
  }

  /**
   * @param folder by which the work folder is known
   * @param more whether there are others after these
   */
  record Listed(String folder, List<KeptArtifacts.Kept> artifacts, boolean more)
      implements Content {}

  /** The work folder can't be read. */
  record Unreadable(String problem) implements Content {}

  /**
   * These are needed by no sweep.
   *
   * @param unused for how long at least
   */
  record Remove(Set<StageKey> keys, Duration unused, ActorRef<Removed> replyTo)
      implements Message {}

  /** What went of them. */
  record Removed(KeptArtifacts.Gone gone) implements CborSerializable {}

  private record Over(StageKey key, String how) implements Message {}

  private Keeper(
      ActorContext<Message> context, String worker, ArtifactStore store, HttpClient http) {
    this.context = context;
    this.worker = worker;
    this.store = store;
    this.kept = new KeptArtifacts(store);
    this.http = http;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
  }

  /**
   * @param worker the name that people know it by
   * @param store the work folder's own
   */
  static Behavior<Message> create(String worker, ArtifactStore store, HttpClient http) {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .receptionist()
              .tell(Receptionist.register(KEY, context.getSelf().narrow()));
          Keeper keeper = new Keeper(context, worker, store, http);
          keeper.blocking.execute(keeper::nameFolder);
          return Behaviors.receive(Message.class)
              .onMessage(Has.class, keeper::has)
              .onMessage(Check.class, keeper::check)
              .onMessage(Which.class, keeper::which)
              .onMessage(Send.class, keeper::send)
              .onMessage(Tell.class, keeper::tell)
              .onMessage(Remove.class, keeper::remove)
              .onMessage(Over.class, keeper::over)
              .build();
        });
  }

  /** Writes while the disk has room; otherwise the asking node gets the error. */
  private void nameFolder() {
    try {
      kept.folder();
    } catch (IOException e) {
      context.getSystem().log().warn("the work folder has no name: {}", FailureReason.of(e));
    }
  }

  private Behavior<Message> has(Has has) {
    blocking.execute(() -> has.replyTo().tell(kept(has.key())));
    return Behaviors.same();
  }

  private Kept kept(StageKey key) {
    return new Kept(worker, manifest(key).orElseGet(() -> new byte[0]));
  }

  private Optional<byte[]> manifest(StageKey key) {
    try {
      return store.manifest(key).filter(content -> content.length <= LARGEST_MANIFEST);
    } catch (IOException e) {
      return Optional.empty(); // what can't be read can't be sent
    }
  }

  private Behavior<Message> check(Check check) {
    blocking.execute(() -> check.replyTo().tell(new Checked(isWhole(check.key()))));
    return Behaviors.same();
  }

  private boolean isWhole(StageKey key) {
    try {
      return store.isWhole(key);
    } catch (IOException e) {
      return false;
    }
  }

  private Behavior<Message> which(Which which) {
    blocking.execute(
        () -> {
          Set<StageKey> here = new HashSet<>(which.keys());
          here.removeIf(key -> !store.has(key));
          which.replyTo().tell(new Holding(worker, here));
        });
    return Behaviors.same();
  }

  private Behavior<Message> tell(Tell tell) {
    blocking.execute(() -> tell.replyTo().tell(new Page(worker, content(tell.after()))));
    return Behaviors.same();
  }

  private Content content(String after) {
    try {
      List<KeptArtifacts.Kept> rest =
          kept.all(Instant.now()).stream()
              .filter(one -> one.key().value().compareTo(after) > 0)
              .toList();
      List<KeptArtifacts.Kept> some = List.copyOf(rest.subList(0, Math.min(PAGE, rest.size())));
      return new Listed(kept.folder(), some, rest.size() > PAGE);
    } catch (IOException | UncheckedIOException e) {
      return new Unreadable(FailureReason.of(e));
    }
  }

  private Behavior<Message> remove(Remove remove) {
    blocking.execute(
        () ->
            remove
                .replyTo()
                .tell(new Removed(kept.remove(remove.keys(), remove.unused(), Instant.now()))));
    return Behaviors.same();
  }

  private Behavior<Message> send(Send send) {
    CompletableFuture<Integer> sent =
        CompletableFuture.supplyAsync(() -> begun(send), blocking).thenCompose(answer -> answer);
    context.pipeToSelf(
        sent,
        (status, failure) ->
            new Over(send.key(), failure == null ? "answer " + status : FailureReason.of(failure)));
    return Behaviors.same();
  }

  /** What is sent is not removed meanwhile. */
  private CompletableFuture<Integer> begun(Send send) {
    Touching touching = store.touching(send.key());
    try {
      return new StoreClient(http, send.to())
          .relay(send.key(), store, send.content(), send.ticket())
          .whenComplete((status, failure) -> touching.close());
    } catch (IOException e) {
      touching.close();
      return CompletableFuture.failedFuture(e);
    }
  }

  /** A reader that goes breaks it off, which is its right. */
  private Behavior<Message> over(Over over) {
    context
        .getLog()
        .info("artifact {} was sent to a coordinator: {}", over.key().brief(), over.how());
    return Behaviors.same();
  }
}
