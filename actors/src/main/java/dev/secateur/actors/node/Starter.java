package dev.secateur.actors.node;

import dev.secateur.actors.leadership.Leadership;

/** What started a node. */
public sealed interface Starter {
  /** A command, which has a cluster to itself and ends with it. */
  record OneCommand() implements Starter {}

  /** The operator of a cluster, in which the node is one of several, or may become that. */
  record Operator(Leadership.Listener listener) implements Starter {}

  /**
   * A process that starts this one again when it ends.
   *
   * @param worker the name of this process's one worker, the same in each of its lives
   */
  record Parent(String worker, Leadership.Listener listener) implements Starter {}

  /** Hears what the node says and whom it joins; nobody of a single command. */
  default Leadership.Listener listener() {
    return Leadership.Listener.NOBODY;
  }
}
