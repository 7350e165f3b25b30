package dev.secateur.actors.client;

import java.time.Duration;

/**
 * How long a client waits.
 *
 * @param connect for a connection, TLS included
 * @param answer until the answer to a read starts; the API itself gives up after 20 s
 * @param work until the answer to a change starts; a large sweep is planned first
 * @param silence for the next bytes of an answer; an event stream has a heartbeat every 10 s
 * @param pause after all addresses failed
 * @param patience until a request that no address answers fails
 */
record Times(
    Duration connect,
    Duration answer,
    Duration work,
    Duration silence,
    Duration pause,
    Duration patience) {
  /** Another coordinator takes over within about 15 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  static final Times USUAL =
      new Times(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofMinutes(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          PATIENCE);
}
