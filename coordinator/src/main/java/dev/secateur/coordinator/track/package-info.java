/**
 * Reports sweeps to MLflow and webhooks, if their authors ask for it, without delaying the work.
 */
package dev.secateur.coordinator.track;
