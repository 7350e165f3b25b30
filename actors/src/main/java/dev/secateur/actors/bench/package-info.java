/** How fast the coordinator is, measured with simulated stages. */
package dev.secateur.actors.bench;
