/** The command line: one class per command; results to stdout, diagnostics to stderr. */
package dev.secateur.actors.cli;
