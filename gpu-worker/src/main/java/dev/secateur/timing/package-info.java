/** Measures how long structures of a model take on a device at several widths. */
package dev.secateur.timing;
