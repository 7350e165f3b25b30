/**
 * Tells MLflow and webhooks of sweeps whose authors ask for it, beside the work and never before.
 */
package dev.secateur.coordinator.track;
