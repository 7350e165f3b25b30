/** Benchmarks on random models, whose figures stand in the module's README. */
package dev.secateur.local.bench;
