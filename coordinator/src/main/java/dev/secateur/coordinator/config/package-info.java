/**
 * Reads sweep configurations: HOCON in, checked records out. Every mistake is reported with file,
 * line and key.
 */
package dev.secateur.coordinator.config;
