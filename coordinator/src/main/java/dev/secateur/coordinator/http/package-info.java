/**
 * The coordinator's HTTP API: accepts sweeps, and returns their state, results and events. It plans
 * submitted sweeps and asks the coordinator; it keeps no state itself.
 */
package dev.secateur.coordinator.http;
