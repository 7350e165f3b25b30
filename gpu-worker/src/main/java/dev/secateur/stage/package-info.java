/**
 * Stages: the computation of each kind, the list of these, and the runner that finds or makes a
 * stage's artifact.
 */
package dev.secateur.stage;
