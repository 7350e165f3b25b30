/**
 * Models and data sets of the Hugging Face hub, in the cache that its other tools share. Knows
 * nothing of what the files hold.
 */
package dev.secateur.hub;
