/**
 * Predicts how much device memory stages need, from a model's config alone: it counts the
 * submodules, inputs, activations and gradients that the passes hold, instead of computing them.
 */
package dev.secateur.memory;
