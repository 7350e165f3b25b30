package dev.secateur.coordinator.report;

import dev.secateur.coordinator.events.EventJournal;

/**
 * The sources of reports, and where they are written.
 *
 * @param files the run folders
 * @param journal where the events of a sweep are read from
 * @param artifacts of its stages
 */
public record Reporting(RunFiles files, EventJournal journal, ArtifactFiles artifacts) {}
