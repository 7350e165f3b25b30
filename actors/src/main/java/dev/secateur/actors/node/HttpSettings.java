package dev.secateur.actors.node;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Settings of the coordinator's API.
 *
 * @param tokens the file of accepted tokens; everybody may use the API where absent
 * @param hosts names that the node goes by, beside its own
 * @param timeout for an answer of the coordinator
 * @param mostBytes the largest configuration
 */
public record HttpSettings(
    String host,
    int port,
    Optional<Path> tokens,
    List<String> hosts,
    Duration timeout,
    long mostBytes) {}
