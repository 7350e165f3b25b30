package dev.secateur.protocol;

/** Marks types that may cross from one JVM to another, or enter the journal, as Jackson CBOR. */
public interface CborSerializable {}
