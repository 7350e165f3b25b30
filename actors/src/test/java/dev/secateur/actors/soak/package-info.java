/** A cluster under faults of every kind for minutes, and what it must not lose meanwhile. */
package dev.secateur.actors.soak;
