package dev.secateur.actors.leadership;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.cluster.UniqueAddress;
import dev.secateur.protocol.CborSerializable;
import dev.secateur.protocol.CoordinatorMessage;
import java.util.Optional;

/** The messages between nodes and coordinator nodes about who leads, inside one cluster or not. */
interface Presence {
  /**
   * One life of a node.
   *
   * @param address HOST:PORT
   */
  record NodeId(String address, long uid) {
    static NodeId of(UniqueAddress node) {
      return new NodeId(HostPort.of(node.address()), node.longUid());
    }
  }

  /** Who coordinates, and does it know the asker? */
  record Ask(NodeId asker, ActorRef<Answer> replyTo)
      implements Leadership.Command, CborSerializable {}

  /**
   * @param from who answers
   * @param member whether the asker is a member of its cluster
   * @param active the coordinator, where the answering node leads
   */
  record Answer(NodeId from, boolean member, Optional<Active> active) implements CborSerializable {}

  /**
   * The active coordinator.
   *
   * @param term of its lease; the highest is right
   */
  record Active(ActorRef<CoordinatorMessage> coordinator, long term) {}

  /** What stays within a node. */
  interface Local extends NoSerializationVerificationNeeded {}
}
