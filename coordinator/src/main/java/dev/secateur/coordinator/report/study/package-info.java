/**
 * Tables and plots of the trials of one or several runs, as somebody chooses them: pure functions
 * on results, which a coordinator or a run folder gives.
 */
package dev.secateur.coordinator.report.study;
