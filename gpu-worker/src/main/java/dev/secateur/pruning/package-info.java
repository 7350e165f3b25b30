/** Pruning: ranking, the recipe of removed units, and slicing a model by it. */
package dev.secateur.pruning;
