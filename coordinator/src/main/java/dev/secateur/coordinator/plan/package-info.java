/**
 * Planning: from a configuration to trials and the stages they share, each with its content key.
 */
package dev.secateur.coordinator.plan;
