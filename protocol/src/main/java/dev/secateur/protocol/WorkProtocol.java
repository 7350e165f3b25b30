package dev.secateur.protocol;

import akka.actor.typed.ActorRef;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/** The messages between workers and the coordinator. */
public sealed interface WorkProtocol extends CborSerializable {

  /** From a worker to the coordinator. */
  sealed interface ToCoordinator extends WorkProtocol, CoordinatorMessage {
    WorkerId worker();
  }

  /** From the coordinator to a worker. */
  sealed interface ToWorker extends WorkProtocol {}

  /**
   * The worker has a free device. It stands until there is work, is repeated on a timer, and is
   * idempotent: a worker that already has a lease is sent the same assignment again.
   *
   * @param lastWords what the worker's process said when it last ended by itself; empty, and not
   *     written, if it did not
   */
  record RequestWork(
      WorkerId worker,
      Capabilities capabilities,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String lastWords,
      ActorRef<ToWorker> replyTo)
      implements ToCoordinator {
    public RequestWork {
      lastWords = lastWords == null ? "" : lastWords;
    }
  }

  /** The worker is alive and works under the lease. */
  record Heartbeat(WorkerId worker, long lease, Progress progress, ActorRef<ToWorker> replyTo)
      implements ToCoordinator {}

  /** The task ended; resent until acknowledged. */
  record Report(WorkerId worker, long lease, Outcome outcome, ActorRef<ToWorker> replyTo)
      implements ToCoordinator {}

  /** The worker goes; a task that it gives up is another's, and counts as no attempt. */
  record Leave(WorkerId worker) implements ToCoordinator {}

  /** A task for an idle worker. */
  record Assign(Task task, @JsonProperty("store") ArtifactExchange exchange) implements ToWorker {
    public Assign {
      exchange = exchange == null ? new ArtifactExchange.SharedFolder() : exchange;
    }
  }

  /** A coordinator that took over says where artifacts are exchanged now. */
  record StoreAt(StoreAccess store) implements ToWorker {}

  /** The report was recorded, or refused; either way it need not be sent again. */
  record Acknowledge(long lease) implements ToWorker {}

  /** The lease is no longer held: stop, and report nothing. */
  record Revoke(long lease) implements ToWorker {}
}
