/**
 * Tables and plots of selected trials of one or several runs: pure functions on results, which come
 * from a coordinator or a run folder.
 */
package dev.secateur.coordinator.report.study;
