package dev.secateur.actors.node;

import akka.actor.typed.ActorSystem;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import dev.secateur.coordinator.http.ClusterNodes;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The cluster's nodes, as Akka knows them; the database says which coordinator is active. */
final class NodesOfCluster implements ClusterNodes {
  private static final String ACTIVE =
      "SELECT address FROM coordinator_lease WHERE holder IS NOT NULL"
          + " AND expires > clock_timestamp()";

  private final ActorSystem<?> system;
  private final Database database;

  NodesOfCluster(ActorSystem<?> system, Database database) {
    this.system = system;
    this.database = database;
  }

  @Override
  public List<NodeSummary> now() {
    CurrentClusterState state = Cluster.get(system).state();
    List<String> active = active();
    List<NodeSummary> nodes = new ArrayList<>();
    for (Member member : state.getMembers()) {
      String address = member.address().host().get() + ":" + member.address().port().get();
      boolean coordinates = member.getRoles().contains("coordinator");
      nodes.add(
          new NodeSummary(
              address,
              member.getRoles().stream().filter(role -> !role.startsWith("dc-")).sorted().toList(),
              label(member.status().toString()),
              !state.getUnreachable().contains(member),
              database.isPostgreSql() ? active.contains(address) : coordinates));
    }
    nodes.sort(Comparator.comparing(NodeSummary::address));
    return nodes;
  }

  /** With a file of H2 there is one coordinator, and no lease. */
  private List<String> active() {
    if (!database.isPostgreSql()) {
      return List.of();
    }
    try {
      return database.query(ACTIVE, row -> row.getString(1));
    } catch (SQLException e) {
      throw new IllegalStateException(database + ": the lease can't be read", e);
    }
  }

  private static String label(String status) {
    return status.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }
}
