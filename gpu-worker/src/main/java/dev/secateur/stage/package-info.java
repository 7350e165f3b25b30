/**
 * Stages: what computes each kind of them, the list of those, and the runner that finds or makes a
 * stage's artifact.
 */
package dev.secateur.stage;
