package dev.secateur.protocol;

/**
 * A node is no member of the cluster any more: what its workers were at is given to others.
 *
 * @param address HOST:PORT, with the name of the system before it
 */
public record NodeRemoved(String address) implements CoordinatorMessage, CborSerializable {}
