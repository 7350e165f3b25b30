package dev.secateur.coordinator.http;

import java.util.List;

/** The members of the cluster. */
@FunctionalInterface
public interface ClusterNodes {
  /**
   * The cluster's nodes as this one sees them now. May wait for the database; not for an actor's
   * thread.
   */
  List<NodeSummary> now();

  /**
   * A node.
   *
   * @param address host and port in the cluster
   * @param status joining, weakly-up, up, leaving, exiting, down or removed
   * @param reachable whether this node hears of it
   * @param active whether it is the active coordinator
   */
  record NodeSummary(
      String address, List<String> roles, String status, boolean reachable, boolean active) {}
}
