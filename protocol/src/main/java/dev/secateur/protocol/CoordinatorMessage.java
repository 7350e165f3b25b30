package dev.secateur.protocol;

/** A message that the coordinator understands. */
public interface CoordinatorMessage extends CborSerializable {}
