/**
 * Reports: the results of each trial, as a table, JSON, CSV and plots; views of the journal's
 * events.
 */
package dev.secateur.coordinator.report;
