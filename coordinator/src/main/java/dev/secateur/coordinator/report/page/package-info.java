/**
 * Results as one HTML page that needs no server, script or other file: pure functions on {@code
 * Run}s.
 */
package dev.secateur.coordinator.report.page;
