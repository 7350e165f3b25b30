/** Markup that escapes what is not its own. */
package dev.secateur.coordinator.report.markup;
