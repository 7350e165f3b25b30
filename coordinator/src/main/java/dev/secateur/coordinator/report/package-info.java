/**
 * Reports: the results of each trial as table, JSON, CSV and plots, computed from the journal's
 * events.
 */
package dev.secateur.coordinator.report;
