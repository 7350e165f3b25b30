/** How events are called and what stands with them, in the event log and for clients. */
package dev.secateur.coordinator.events;
