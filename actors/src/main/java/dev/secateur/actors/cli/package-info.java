/** The command line: one class to a command; data to stdout, talk to stderr. */
package dev.secateur.actors.cli;
