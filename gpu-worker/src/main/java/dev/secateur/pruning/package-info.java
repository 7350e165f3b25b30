/** Pruning: ranking, the recipe that says what goes, and slicing a model by it. */
package dev.secateur.pruning;
