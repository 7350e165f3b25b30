package dev.secateur.protocol;

/**
 * A node is no longer a member of the cluster: the tasks of its workers are given to others.
 *
 * @param address HOST:PORT, with the name of the system before it
 */
public record NodeRemoved(String address) implements CoordinatorMessage, CborSerializable {}
