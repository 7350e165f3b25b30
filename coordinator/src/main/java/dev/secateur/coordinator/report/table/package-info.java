/** Tables of any content, and their formats: aligned text, CSV, JSON, Markdown, LaTeX. */
package dev.secateur.coordinator.report.table;
