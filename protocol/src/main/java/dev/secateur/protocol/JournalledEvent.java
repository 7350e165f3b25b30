package dev.secateur.protocol;

import java.time.Instant;

/**
 * An event of the journal, as told to whoever watches.
 *
 * @param sequence its number in the journal, rising by one
 */
public record JournalledEvent(long sequence, Instant time, SweepEvent event) {}
