package dev.secateur.protocol;

/** Marks what may cross from one JVM to another, or into the journal, as Jackson CBOR. */
public interface CborSerializable {}
