/** Text generation with a key/value cache, and how repetitive what comes out is. */
package dev.secateur.generation;
