/**
 * Ensures that one coordinator is active, decided by the journal's database, and that nodes find
 * it.
 */
package dev.secateur.actors.leadership;
