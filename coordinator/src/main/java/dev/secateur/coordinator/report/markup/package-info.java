/** Markup that escapes all foreign text. */
package dev.secateur.coordinator.report.markup;
