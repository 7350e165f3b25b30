/** Scheduling as plain functions on records: what a command decides, and what an event changes. */
package dev.secateur.coordinator.schedule;
