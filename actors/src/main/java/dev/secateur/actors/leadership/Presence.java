package dev.secateur.actors.leadership;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.cluster.UniqueAddress;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.secateur.protocol.CborSerializable;
import dev.secateur.protocol.CoordinatorMessage;

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
   */
  record Answer(NodeId from, boolean member, @JsonProperty("active") Role role)
      implements CborSerializable {
    public Answer {
      role = role == null ? new Standby() : role;
    }
  }

  /** Whether the answering node leads; written as its coordinator, or null. */
  sealed interface Role {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Role read(Active active) {
      return active;
    }
  }

  /** It does not lead. */
  record Standby() implements Role {
    @JsonValue
    Active written() {
      return null;
    }
  }

  /**
   * The active coordinator.
   *
   * @param term of its lease; the highest is right
   */
  record Active(ActorRef<CoordinatorMessage> coordinator, long term) implements Role {}

  /** What stays within a node. */
  interface Local extends NoSerializationVerificationNeeded {}
}
