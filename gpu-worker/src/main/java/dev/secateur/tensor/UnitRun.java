package dev.secateur.tensor;

/**
 * Entries of an array that belong to units. Along {@code dim}, from {@code offset} on, there are
 * {@code outer * units * inner} entries, of which unit u owns those whose place i has {@code (i /
 * inner) % units == u}.
 */
public record UnitRun(int dim, long offset, long outer, long units, long inner) {}
