/** Speaks to a coordinator's API, at whichever of its addresses answers. */
package dev.secateur.actors.client;
