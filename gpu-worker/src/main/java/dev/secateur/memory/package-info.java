/**
 * What the stages need of a device's memory, said from a model's config alone: the same sections,
 * inputs, activations and gradients that the passes hold, counted instead of computed.
 */
package dev.secateur.memory;
