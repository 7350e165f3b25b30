/**
 * The vocabulary of Secateur as immutable records: configuration, plan, tasks, outcomes, events,
 * messages.
 */
package dev.secateur.protocol;
