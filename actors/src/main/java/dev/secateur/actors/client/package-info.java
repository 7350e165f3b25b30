/** The client of a coordinator's API, at whichever of its addresses answers. */
package dev.secateur.actors.client;
