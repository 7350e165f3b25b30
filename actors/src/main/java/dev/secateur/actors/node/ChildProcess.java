package dev.secateur.actors.node;

import dev.secateur.worker.Worker;
import java.util.Optional;

/**
 * The process of one worker, which ends itself where its device is of no use: a parent restarts it.
 */
final class ChildProcess implements Worker.Surroundings {
  @Override
  public Optional<String> lastWords() {
    return WorkerSupervisor.lastEnd();
  }

  @Override
  public void stuck() {
    NodeEnd.halt(Node.STUCK);
  }

  /** Its last line is what the parent, and by it the coordinator, learns. */
  @Override
  public void lost(String reason) {
    System.err.println(reason);
    System.err.flush();
    NodeEnd.halt(Node.DEVICE_LOST);
  }
}
