package dev.secateur.protocol;

import java.util.Map;

/**
 * Something that those who watch the cluster want to know and nobody has to remember, such as a
 * node that came or a worker that is idle. Best effort, never journalled.
 *
 * @param actor who says so: {@code cluster}, {@code coordinator} or {@code worker}
 * @param event its name in the event log
 */
public record Notice(String actor, String event, Map<String, Object> fields) {}
