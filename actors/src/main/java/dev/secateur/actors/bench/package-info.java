/** Benchmarks of the coordinator with simulated stages. */
package dev.secateur.actors.bench;
