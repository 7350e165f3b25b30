/** Nodes: the work folder, the actor system, its guardian and the actors of each role. */
package dev.secateur.actors.node;
