/**
 * Estimation: gradients taken block by block, members scored by criterion, units by aggregation.
 */
package dev.secateur.estimation;
