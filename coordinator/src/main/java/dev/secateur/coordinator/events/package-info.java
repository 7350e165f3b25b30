/** The names and fields of events, in the event log and for clients. */
package dev.secateur.coordinator.events;
