/** Benchmarks on random models; the module's README has their results. */
package dev.secateur.local.bench;
