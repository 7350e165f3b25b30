package dev.secateur.protocol;

/**
 * A worker.
 *
 * @param name the place: one device of one node
 * @param incarnation which start of the worker; a new one invalidates the leases of the one before
 */
public record WorkerId(String name, String incarnation) {}
