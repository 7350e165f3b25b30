/** The event log: every domain event as one JSON line, and as a readable line. */
package dev.secateur.actors.events;
