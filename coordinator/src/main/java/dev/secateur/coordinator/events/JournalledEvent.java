package dev.secateur.coordinator.events;

import akka.actor.NoSerializationVerificationNeeded;
import dev.secateur.protocol.SweepEvent;
import java.time.Instant;

/**
 * An event of the journal, as published in the coordinator's JVM.
 *
 * @param sequence its number in the journal, rising by one
 */
public record JournalledEvent(long sequence, Instant time, SweepEvent event)
    implements NoSerializationVerificationNeeded {}
