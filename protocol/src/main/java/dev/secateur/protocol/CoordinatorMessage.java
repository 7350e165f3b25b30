package dev.secateur.protocol;

/** Whatever the coordinator understands. */
public interface CoordinatorMessage extends CborSerializable {}
