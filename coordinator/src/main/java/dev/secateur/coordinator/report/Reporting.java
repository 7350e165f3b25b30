package dev.secateur.coordinator.report;

import dev.secateur.coordinator.events.EventJournal;

/**
 * What reports are made from, and where they go.
 *
 * @param files the run folders
 * @param journal where the events of a sweep are read from
 * @param artifacts what its stages left behind
 */
public record Reporting(RunFiles files, EventJournal journal, ArtifactFiles artifacts) {}
