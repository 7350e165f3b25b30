/** Nodes: the work folder, the actor system, its guardian and what it starts by role. */
package dev.secateur.actors.node;
