/**
 * Scheduling as plain functions on records: commands become events, and events change the state.
 */
package dev.secateur.coordinator.schedule;
