package dev.secateur.protocol;

import java.util.Map;

/**
 * A short-lived notice for observers of the cluster, such as that a node joined or a worker is
 * idle. Best effort, never journalled.
 *
 * @param actor its sender: {@code cluster}, {@code coordinator} or {@code worker}
 * @param event its name in the event log
 */
public record Notice(String actor, String event, Map<String, Object> fields) {}
