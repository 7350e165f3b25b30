/**
 * Reading sweep configurations: HOCON in, checked records out, every mistake named with file, line
 * and key.
 */
package dev.secateur.coordinator.config;
