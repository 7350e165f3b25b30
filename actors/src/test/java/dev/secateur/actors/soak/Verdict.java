package dev.secateur.actors.soak;

import dev.secateur.actors.events.Stamp;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the ends of a cluster's processes, and the reigns of its coordinators, say against it. */
final class Verdict {
  /** Clocks, logs and ends of processes are seen a little late. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  /** What every node says while all is well. */
  private static final String ROUTINE =
      "node .* (joins the cluster at|is up).*|event log: .*|API: .*|joined the cluster";

  /** Of the log of a node's parts. */
  private static final String LOGGED = "(WARN|ERROR) .*|\\s.*";

  private final SoakCluster cluster;
  private final Instant until;

  /**
   * @param until what ended later is no concern
   */
  Verdict(SoakCluster cluster, Instant until) {
    this.cluster = cluster;
    this.until = until;
  }

  /** Processes that have ended in time. */
  List<SupervisedNode.Life> lives() {
    return cluster.lives().stream().filter(life -> life.end().isBefore(until)).toList();
  }

  /** Nodes that ended by themselves and did not say why, or ended as if all were well. */
  List<SupervisedNode.Life> silentEnds() {
    return lives().stream()
        .filter(life -> life.told().isEmpty())
        .filter(life -> life.exitCode() == 0 || reason(life).isEmpty())
        .toList();
  }

  /** The last thing that a node said, where that was out of the ordinary. */
  private static Optional<String> reason(SupervisedNode.Life life) {
    return life.output()
        .lines()
        .map(Stamp::without)
        .filter(line -> !line.isBlank() && !line.matches(LOGGED))
        .reduce((first, second) -> second)
        .filter(line -> !line.matches(ROUTINE));
  }

  /** Coordinators that were active while another one was already, and terms that do not rise. */
  List<String> rivals() throws IOException {
    List<String> rivals = new ArrayList<>();
    List<Reigns.Reign> reigns = cluster.reigns();
    for (int later = 0; later < reigns.size(); later++) {
      for (int earlier = 0; earlier < later; earlier++) {
        Reigns.Reign first = reigns.get(earlier);
        Reigns.Reign second = reigns.get(later);
        if (reignsAt(first, second.start().plus(GRACE))) {
          rivals.add("at " + second.start() + ": " + first + " and " + second);
        }
        if (first.node() != second.node() && first.term().orElse(0) >= second.term().orElse(0)) {
          rivals.add("terms: " + first + " and " + second);
        }
      }
    }
    return rivals;
  }

  /** Whether it could still have done anything then. */
  private boolean reignsAt(Reigns.Reign reign, Instant when) {
    SupervisedNode node = cluster.nodes().get(reign.node());
    Stream<Instant> deaths =
        node.lives().stream().map(SupervisedNode.Life::end).filter(reign.start()::isBefore);
    boolean over = Stream.concat(reign.end().stream(), deaths).anyMatch(end -> !end.isAfter(when));
    boolean still =
        node.suspensions().stream()
            .anyMatch(pause -> pause.from().isBefore(when) && pause.to().plus(GRACE).isAfter(when));
    return !over && !still;
  }
}
