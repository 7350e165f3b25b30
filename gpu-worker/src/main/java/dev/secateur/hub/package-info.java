/**
 * Models and data sets of the Hugging Face hub, in the cache that its other tools share. It does
 * not interpret the files.
 */
package dev.secateur.hub;
