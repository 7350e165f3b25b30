package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StoreClient;
import dev.secateur.protocol.CborSerializable;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Answers for the artifacts in the work folder of a worker's node, and sends them to the
 * coordinator that asks. The node opens no port for that: it makes a request to the coordinator's
 * API, whose body is what was asked for. Files are looked at off the actor's thread.
 */
final class Keeper {
  static final ServiceKey<Message> KEY = ServiceKey.create(Message.class, "artifact-keeper");

  /** A manifest that is larger is not told of; a thousand files have one of half that. */
  private static final int LARGEST_MANIFEST = 200_000;

  private final ActorContext<Message> context;
  private final String worker;
  private final ArtifactStore store;
  private final HttpClient http;
  private final Executor blocking;

  /** What coordinators' nodes ask. */
  sealed interface Message extends CborSerializable {}

  /** Whether an artifact is here. */
  record Has(StageKey key, ActorRef<Kept> replyTo) implements Message {}

  /**
   * @param manifest absent where the artifact is not here
   */
  record Kept(String worker, Optional<byte[]> manifest) implements CborSerializable {}

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
   * @param name of the file; the whole as an archive where absent
   * @param from where the file's bytes begin
   * @param to the API of whoever asks
   * @param ticket under which it is waited for there
   */
  record Send(StageKey key, Optional<String> name, long from, StoreAccess to, String ticket)
      implements Message {}

  private record Over(StageKey key, String how) implements Message {}

  private Keeper(
      ActorContext<Message> context, String worker, ArtifactStore store, HttpClient http) {
    this.context = context;
    this.worker = worker;
    this.store = store;
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
          return Behaviors.receive(Message.class)
              .onMessage(Has.class, keeper::has)
              .onMessage(Check.class, keeper::check)
              .onMessage(Which.class, keeper::which)
              .onMessage(Send.class, keeper::send)
              .onMessage(Over.class, keeper::over)
              .build();
        });
  }

  private Behavior<Message> has(Has has) {
    blocking.execute(() -> has.replyTo().tell(new Kept(worker, manifest(has.key()))));
    return Behaviors.same();
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

  private Behavior<Message> send(Send send) {
    CompletableFuture<Integer> sent =
        CompletableFuture.supplyAsync(() -> begun(send), blocking).thenCompose(answer -> answer);
    context.pipeToSelf(
        sent,
        (status, failure) ->
            new Over(send.key(), failure == null ? "answer " + status : FailureReason.of(failure)));
    return Behaviors.same();
  }

  private CompletableFuture<Integer> begun(Send send) {
    try {
      return new StoreClient(http, send.to())
          .relay(send.key(), store, send.name(), send.from(), send.ticket());
    } catch (IOException e) {
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
