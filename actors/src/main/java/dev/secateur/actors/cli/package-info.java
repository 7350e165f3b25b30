/** The command line: one class to a command; results to stdout, diagnostics to stderr. */
package dev.secateur.actors.cli;
