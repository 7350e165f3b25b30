/** Tables of any content, and how they are written: aligned text, CSV, JSON, Markdown, LaTeX. */
package dev.secateur.coordinator.report.table;
