package dev.secateur.actors.node;

import java.time.Duration;
import java.util.List;

/**
 * Settings of the coordinator's API.
 *
 * @param hosts names that the node goes by, beside its own
 * @param timeout for an answer of the coordinator
 * @param mostBytes the largest configuration
 */
public record HttpSettings(
    String host, int port, List<String> hosts, Duration timeout, long mostBytes) {}
