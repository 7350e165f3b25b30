/** User files, read within limits: their size, their encoding, how deep JSON nests. */
package dev.secateur.input;
