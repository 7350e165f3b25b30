/**
 * Plots of numbers: their content ({@code Plot}), their layout ({@code Drawing}) and their drawing
 * ({@code Canvas}) as SVG, alone or inside a page, and as PNG.
 */
package dev.secateur.coordinator.report.plot;
