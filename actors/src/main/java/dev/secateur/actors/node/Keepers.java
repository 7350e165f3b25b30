package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import dev.secateur.coordinator.http.ArtifactKeepers;
import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The keepers of a cluster, as seen by a coordinator's node. */
final class Keepers implements ArtifactKeepers {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

  /** Ten gigabytes are read meanwhile by a slow disk. */
  private static final Duration CHECK_WITHIN = Duration.ofMinutes(5);

  /** After this time a restarted node knows all keepers. */
  private static final Duration SETTLED_AFTER = Duration.ofSeconds(30);

  /** Keys of one message, which has some 50 bytes to each. */
  private static final int AT_ONCE = 1000;

  private final ActorSystem<?> system;
  private final StoreAccess own;
  private final PresentActors<Keeper.Message> present;
  private final long start = System.nanoTime();

  private Keepers(ActorSystem<?> system, StoreAccess own) {
    this.system = system;
    this.own = own;
    this.present = PresentActors.of(system, Keeper.KEY, "keepers");
  }

  /**
   * Hears of keepers from now on.
   *
   * @param own where they send what they are asked for
   */
  static Keepers of(ActorSystem<?> system, StoreAccess own) {
    return new Keepers(system, own);
  }

  @Override
  public Found find(StageKey key) {
    CompletableFuture<Found> first = new CompletableFuture<>();
    List<CompletableFuture<Boolean>> answers = new ArrayList<>();
    for (ActorRef<Keeper.Message> node : present.now()) {
      answers.add(
          AskPattern.<Keeper.Message, Keeper.Kept>ask(
                  node, replyTo -> new Keeper.Has(key, replyTo), ANSWER_WITHIN, system.scheduler())
              .handle(
                  (kept, silent) -> {
                    if (silent == null && kept.manifest().length > 0) {
                      first.complete(new OfNode(key, node, kept));
                    }
                    return silent == null;
                  })
              .toCompletableFuture());
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenRun(
            () ->
                first.complete(
                    new Nowhere(answers.stream().allMatch(CompletableFuture::join), isSettled())));
    return first.join();
  }

  private boolean isSettled() {
    return System.nanoTime() - start > SETTLED_AFTER.toNanos();
  }

  private final class OfNode implements Kept {
    private final StageKey key;
    private final ActorRef<Keeper.Message> node;
    private final Keeper.Kept kept;

    private OfNode(StageKey key, ActorRef<Keeper.Message> node, Keeper.Kept kept) {
      this.key = key;
      this.node = node;
      this.kept = kept;
    }

    @Override
    public String worker() {
      return kept.worker();
    }

    @Override
    public byte[] manifest() {
      return kept.manifest();
    }

    @Override
    public boolean isWhole() {
      return AskPattern.<Keeper.Message, Keeper.Checked>ask(
              node, replyTo -> new Keeper.Check(key, replyTo), CHECK_WITHIN, system.scheduler())
          .handle((checked, silent) -> silent == null && checked.whole())
          .toCompletableFuture()
          .join();
    }

    @Override
    public void send(ArtifactContent content, String ticket) {
      node.tell(new Keeper.Send(key, content, own, ticket));
    }
  }

  @Override
  public Map<StageKey, String> holding(Set<StageKey> keys) {
    List<StageKey> all = List.copyOf(keys);
    List<CompletableFuture<Optional<Keeper.Holding>>> answers = new ArrayList<>();
    for (ActorRef<Keeper.Message> node : present.now()) {
      for (int i = 0; i < all.size(); i += AT_ONCE) {
        Set<StageKey> some = new HashSet<>(all.subList(i, Math.min(all.size(), i + AT_ONCE)));
        answers.add(present.ask(node, replyTo -> new Keeper.Which(some, replyTo), ANSWER_WITHIN));
      }
    }
    Map<StageKey, String> holding = new HashMap<>();
    for (CompletableFuture<Optional<Keeper.Holding>> answer : answers) {
      answer
          .join()
          .ifPresent(held -> held.keys().forEach(key -> holding.putIfAbsent(key, held.worker())));
    }
    return holding;
  }
}
