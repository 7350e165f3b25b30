/**
 * Plots of numbers: what they show ({@code Plot}), where its parts stand ({@code Drawing}) and how
 * they are drawn ({@code Canvas}): as SVG, alone or inside a page, and as PNG.
 */
package dev.secateur.coordinator.report.plot;
