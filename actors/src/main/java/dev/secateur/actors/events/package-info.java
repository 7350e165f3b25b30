/** The event log: every domain event as one JSON line, and as a line for people. */
package dev.secateur.actors.events;
