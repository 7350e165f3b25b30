package dev.secateur.actors.soak;

/** What happens to a cluster; each of them is over by itself within {@code FaultInjector}. */
enum Fault {
  KILL_ACTIVE("kill -9 of the active coordinator"),
  KILL_STANDBY("kill -9 of a standby coordinator"),
  KILL_WORKER("kill -9 of a worker process"),
  STOP_ACTIVE("SIGSTOP of the active coordinator beyond its lease, then SIGCONT"),
  STOP_WORKER("SIGSTOP of a worker process, then SIGCONT"),
  CUT_NODE("a node cut off, then healed"),
  RESTART_DATABASE("PostgreSQL stopped and started"),
  TERMINATE_COORDINATOR("SIGTERM of a coordinator"),
  /** Once made the split-brain resolver down every node. */
  KILL_WORKER_THEN_ACTIVE("kill -9 of a worker, 12 to 35 s later of the active coordinator"),
  /** The first seed node is the only one that may begin a cluster alone. */
  KILL_FIRST_COORDINATOR("kill -9 of the first coordinator, started again 8 s later");

  private final String text;

  Fault(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
