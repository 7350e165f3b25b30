/**
 * The coordinator's HTTP API: sweeps in, their state, results and events out. It plans what is
 * submitted and asks the coordinator; it keeps nothing itself.
 */
package dev.secateur.coordinator.http;
