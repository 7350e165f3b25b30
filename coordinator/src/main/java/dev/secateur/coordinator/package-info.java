/** The coordinator actor: a thin, event-sourced shell around the decisions of {@code schedule}. */
package dev.secateur.coordinator;
